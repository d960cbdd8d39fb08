using System.Globalization;
using System.Text.Json;
using SkiaSharp;

namespace AdaptiveInference.ML.Benchmarks.Photos;

/// <summary>
/// <c>photos [--runs n]</c>: from a JPEG file of 1, 12, 50 and 108 megapixels to the 224×224 pixels that a network reads, this library
/// against ML.NET's <c>LoadImages</c>, <c>ResizeImages</c> and <c>ExtractPixels</c>: time, and how far memory rises.
/// </summary>
/// <remarks>Every figure is of a process of its own, the two ways in turns, because peaks of memory do not come down again.</remarks>
internal static class PhotosProgram
{
    private const string Child = "--in-child";

    private static readonly (int Width, int Height)[] Sizes = [(1000, 1000), (4000, 3000), (8160, 6120), (12000, 9000)];

    public static void Run(string[] args)
    {
        if (args is [Child, var way, var file])
        {
            Console.Write(JsonSerializer.Serialize(PhotoReading.Measure(way, file)));
            return;
        }

        var runs = new BenchmarkArguments(args, "runs").Number("runs", 5);
        var folder = Directory.CreateTempSubdirectory("photos");
        try
        {
            Console.WriteLine("| JPEG | this library, ms | ML.NET, ms | ML.NET ÷ this | this library, MB more | ML.NET, MB more |");
            Console.WriteLine("|---|---|---|---|---|---|");
            foreach (var (width, height) in Sizes)
            {
                var path = Path.Combine(folder.FullName, $"{width}.jpg");
                Draw(path, width, height);
                Print(
                    width, height,
                    [.. Enumerable.Range(0, runs).Select(_ => (Ask(PhotoReading.Ours, path), Ask(PhotoReading.MlNet, path)))]);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static PhotoReport Ask(string way, string path)
        => JsonSerializer.Deserialize<PhotoReport>(ChildProcess.Run(new Dictionary<string, string>(), "photos", Child, way, path))!;

    private static void Print(int width, int height, (PhotoReport Ours, PhotoReport MlNet)[] reports)
    {
        double Median(Func<(PhotoReport Ours, PhotoReport MlNet), double> value) => PairedTiming.Quantile(reports.Select(value), 0.5);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {width}×{height} | {Median(pair => pair.Ours.Milliseconds):F1} | {Median(pair => pair.MlNet.Milliseconds):F1} "
            + $"| {Median(pair => pair.MlNet.Milliseconds / pair.Ours.Milliseconds):F2} "
            + $"| {Median(pair => pair.Ours.Megabytes):F0} | {Median(pair => pair.MlNet.Megabytes):F0} |"));
    }

    // As textured as a photo: waves of several lengths and noise, at about a third of a byte a pixel.
    private static void Draw(string path, int width, int height)
    {
        const int Tile = 512;
        var random = new Random(1);
        var noise = Enumerable.Range(0, Tile * Tile).Select(_ => random.Next(-9, 10)).ToArray();
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        Parallel.For(0, height, y =>
        {
            var row = bitmap.GetPixelSpan().Slice(y * width * 4, width * 4);
            unsafe
            {
                fixed (byte* pixels = row)
                {
                    for (var x = 0; x < width; x++)
                    {
                        var grain = noise[(y % Tile * Tile) + (x % Tile)];
                        var wave = 60 * Math.Sin(x / 97.0) * Math.Cos(y / 61.0);
                        pixels[4 * x] = (byte)(128 + wave + grain);
                        pixels[(4 * x) + 1] = (byte)(120 + (50 * Math.Sin((x + y) / 33.0)) + grain);
                        pixels[(4 * x) + 2] = (byte)(110 - wave + grain);
                        pixels[(4 * x) + 3] = 255;
                    }
                }
            }
        });
        using var file = File.Create(path);
        bitmap.Encode(file, SKEncodedImageFormat.Jpeg, 90);
    }
}
