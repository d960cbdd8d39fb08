using SkiaSharp;

namespace AdaptiveInference.ML.Benchmarks.Workers;

/// <summary>As many different image files as are asked for, of as many as there are.</summary>
internal static class ManyImages
{
    private const int PerFolder = 1000;

    /// <summary>Writes the files: each is one of the originals with some of its pixels changed.</summary>
    public static void Write(string originals, string folder, int count)
    {
        string[] files = [.. Directory.EnumerateFiles(originals, "*.png", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        if (files.Length == 0)
        {
            throw new BenchmarkArgumentException($"There is no PNG file below '{originals}'.");
        }

        for (var i = 0; i < count; i++)
        {
            using var bitmap = SKBitmap.Decode(files[i % files.Length]);
            using var changed = bitmap.Copy(SKColorType.Rgba8888);

            // The image's number as colours, so that no two files are equal.
            changed.SetPixel(0, 0, new SKColor((byte)i, (byte)(i >> 8), (byte)(i >> 16)));
            using var png = changed.Encode(SKEncodedImageFormat.Png, quality: 100);
            var path = Path.Combine(folder, $"{i / PerFolder}", $"{i}.png");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using var file = File.Create(path);
            png.SaveTo(file);
        }
    }
}
