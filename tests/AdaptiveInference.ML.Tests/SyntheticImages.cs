using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Tests;

/// <summary>
/// Small gray images that a network can learn in seconds: stripes along one of three directions at a random phase, in noise. No single
/// pixel tells the class.
/// </summary>
internal static class SyntheticImages
{
    public const int Side = 12;
    public const int Classes = 3;

    public static Row[] Rows(int count, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i => Draw(i % Classes, random))];
    }

    /// <summary>Rows as a data view whose label is a key.</summary>
    public static IDataView View(MLContext context, IEnumerable<Row> rows)
    {
        var data = context.Data.LoadFromEnumerable(rows);
        return context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
    }

    private static Row Draw(int label, Random random)
    {
        var (stepY, stepX) = label switch { 0 => (1.5, 0.0), 1 => (0.0, 1.5), _ => (1.06, 1.06) };
        var phase = random.NextDouble() * Math.Tau;
        var pixels = new float[Side * Side];
        for (var i = 0; i < pixels.Length; i++)
        {
            var wave = Math.Sin((i / Side * stepY) + (i % Side * stepX) + phase);
            pixels[i] = (float)Math.Round(Math.Clamp(128 + (70 * wave) + (25 * (random.NextDouble() - 0.5)), 0, 255));
        }

        return new Row { Label = ((string[])["across", "down", "slanted"])[label], Features = pixels };
    }

    public sealed class Row
    {
        public string Label { get; set; } = "";

        [VectorType(1, Side, Side)]
        public float[] Features { get; set; } = [];
    }
}
