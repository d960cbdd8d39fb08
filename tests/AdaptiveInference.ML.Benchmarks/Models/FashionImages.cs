using System.IO.Compression;
using System.Reflection;
using AdaptiveInference.ML.Transforms;

namespace AdaptiveInference.ML.Benchmarks.Models;

/// <summary>Real images: the part of Fashion-MNIST that the sample carries. Gates must have something to decide about.</summary>
internal static class FashionImages
{
    private const int Side = 28;
    private const int HeaderBytes = 16;

    /// <summary>
    /// Images as a network reads them, as often repeated as needed. A larger shape gets a black border; colours repeat the gray values.
    /// </summary>
    public static float[][] Read(ImageShape shape, int count)
    {
        var folder = Folder();
        byte[] pixels =
        [
            .. Unpack(Path.Combine(folder, "train-images-idx3-ubyte.gz")),
            .. Unpack(Path.Combine(folder, "t10k-images-idx3-ubyte.gz")),
        ];
        var available = pixels.Length / (Side * Side);
        return [.. Enumerable.Range(0, count).Select(i => Place(pixels.AsSpan(i % available * Side * Side, Side * Side), shape))];
    }

    /// <summary>Names of the classes in the order of the data set's labels.</summary>
    public static IReadOnlyList<string> ClassNames() => File.ReadAllLines(Path.Combine(Folder(), "classes.txt"));

    private static string Folder() => Path.Combine(
        typeof(FashionImages).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "SourceRoot").Value!,
        "samples", "ModelBuilderStyle", "data");

    private static ReadOnlySpan<byte> Unpack(string file)
    {
        using var stream = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray().AsSpan(HeaderBytes);
    }

    private static float[] Place(ReadOnlySpan<byte> gray, ImageShape shape)
    {
        var image = new float[shape.Size];
        int top = (shape.Height - Side) / 2, left = (shape.Width - Side) / 2;
        for (var i = 0; i < gray.Length; i++)
        {
            var (y, x) = Math.DivRem(i, Side);
            for (var channel = 0; channel < shape.Channels; channel++)
            {
                image[(((channel * shape.Height) + top + y) * shape.Width) + left + x] = gray[i];
            }
        }

        return image;
    }
}
