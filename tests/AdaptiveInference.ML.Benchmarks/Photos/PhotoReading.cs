using System.Diagnostics;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Images;
using Microsoft.ML;
using Microsoft.ML.Data;
using SkiaSharp;
using ResizingKind = Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind;

namespace AdaptiveInference.ML.Benchmarks.Photos;

/// <summary>What reading one photo cost.</summary>
/// <param name="Milliseconds">Median time of one reading, the file included.</param>
/// <param name="Megabytes">By how much the working set rose at most above that of the warm process, in 10⁶ bytes.</param>
internal sealed record PhotoReport(double Milliseconds, double Megabytes);

/// <summary>Reads a photo in this process, one way or the other.</summary>
internal static class PhotoReading
{
    public const string Ours = "ours";
    public const string MlNet = "mlnet";

    private const int Side = 224;
    private const int Readings = 3;

    public static PhotoReport Measure(string way, string file)
    {
        // A small picture of the same kind compiles the code and loads the native library.
        var small = file + "." + way + ".small.jpg";
        using (var bitmap = new SKBitmap(new SKImageInfo(900, 700)))
        using (var stream = File.Create(small))
        {
            bitmap.Encode(stream, SKEncodedImageFormat.Jpeg, 90);
        }

        Action<string> read = way == Ours ? ReadOurs : ReadMlNet;
        for (var i = 0; i < 20; i++)
        {
            read(small);
        }

        GC.Collect();
        using var process = Process.GetCurrentProcess();
        process.Refresh();
        var before = process.WorkingSet64;
        var times = new double[Readings];
        for (var i = 0; i < Readings; i++)
        {
            var start = Stopwatch.GetTimestamp();
            read(file);
            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        process.Refresh();
        return new PhotoReport(PairedTiming.Quantile(times, 0.5), (process.PeakWorkingSet64 - before) / 1e6);
    }

    private static void ReadOurs(string file)
    {
        var shape = new ImageShape(3, Side, Side);
        if (EncodedImage.Read(File.ReadAllBytes(file), ResizingKind.Fill, shape, new float[shape.Size]) is { } problem)
        {
            throw new InvalidOperationException(problem);
        }
    }

    private static void ReadMlNet(string file)
    {
        var context = new MLContext();
        var data = context.Data.LoadFromEnumerable([new PathRow { Path = Path.GetFileName(file) }]);
        var scored = context.Transforms.LoadImages("Image", Path.GetDirectoryName(file), "Path")
            .Append(context.Transforms.ResizeImages("Image", Side, Side))
            .Append(context.Transforms.ExtractPixels("Pixels", "Image"))
            .Fit(data).Transform(data);
        using var cursor = scored.GetRowCursor([scored.Schema["Pixels"]]);
        var getter = cursor.GetGetter<VBuffer<float>>(scored.Schema["Pixels"]);
        VBuffer<float> pixels = default;
        while (cursor.MoveNext())
        {
            getter(ref pixels);
        }
    }

    private sealed class PathRow
    {
        public string Path { get; set; } = "";
    }
}
