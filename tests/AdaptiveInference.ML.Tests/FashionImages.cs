using Microsoft.ML;
using Microsoft.ML.Data;
using ModelBuilderStyle.ImageData;

namespace AdaptiveInference.ML.Tests;

/// <summary>The real images that ship with the sample.</summary>
internal static class FashionImages
{
    /// <summary>The first images of the training part as a data view whose label is a key.</summary>
    public static IDataView View(MLContext context, int count)
    {
        var images = Read("train");
        var data = context.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(i => new Row
        {
            Label = images.Labels[i], Features = [.. images.Pixels(i).ToArray().Select(pixel => (float)pixel)],
        }));
        return context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
    }

    private static RawImages Read(string part)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "FashionMnist");
        return IdxFiles.Read(Path.Combine(folder, part + "-images-idx3-ubyte.gz"), Path.Combine(folder, part + "-labels-idx1-ubyte.gz"));
    }

    public sealed class Row
    {
        public byte Label { get; set; }

        [VectorType(1, 28, 28)]
        public float[] Features { get; set; } = [];
    }
}
