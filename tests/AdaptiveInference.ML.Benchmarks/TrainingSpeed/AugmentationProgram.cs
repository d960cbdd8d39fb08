using System.Diagnostics;
using System.Globalization;
using AdaptiveInference.ML.Training.Data;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Model;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Benchmarks.TrainingSpeed;

/// <summary>
/// <c>augmentation [--images n]</c>: images that one core varies in a second, for each way of varying them, and images that a
/// <c>Fit</c> of a ResNet-18 takes in a second, with and without photos varied beside it.
/// </summary>
internal static class AugmentationProgram
{
    private const int Seconds = 2;
    private const int Rounds = 3;

    private static readonly int[] Sides = [96, 224];

    public static void Run(string[] args)
    {
        var images = new BenchmarkArguments(args, "images").Number("images", 64);
        Console.WriteLine("| Pixels | None, images/s on one core | PadCropFlip | PhotoFlip | Fit, None | Fit, PhotoFlip |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var side in Sides)
        {
            ImageAugmentation[] ways = [ImageAugmentation.None, ImageAugmentation.PadCropFlip, ImageAugmentation.PhotoFlip];
            var varied = ways.Select(way => Varied(side, way)).ToArray();
            var (plain, photos) = Fits(side, images);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {side}×{side} | {varied[0]:F0} | {varied[1]:F0} | {varied[2]:F0} | {plain:F1} | {photos:F1} |"));
        }
    }

    private static double Varied(int side, ImageAugmentation way)
    {
        var shape = new ImageShape(3, side, side);
        var augmenter = new Augmenter(shape, new ChannelStatistics([120, 110, 100], [60, 60, 60]), way) { HoldsBytes = true };
        var (image, result) = (Pixels(new Random(1), side), new float[shape.Size]);
        var best = 0.0;
        for (var round = 0; round < Rounds; round++)
        {
            var (watch, count) = (Stopwatch.StartNew(), 0);
            for (; watch.Elapsed.TotalSeconds < Seconds; count++)
            {
                augmenter.Vary(image, result, RandomStream.Of(1, RandomStream.Purpose.Augmentation, round, count));
            }

            best = Math.Max(best, count / watch.Elapsed.TotalSeconds);
        }

        return best;
    }

    // In turns, so that what else the machine does meets both.
    private static (double Plain, double Photos) Fits(int side, int images)
    {
        var context = new MLContext(1);
        var random = new Random(1);
        var schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 3, side, side);
        var rows = context.Data.LoadFromEnumerable(
            Enumerable.Range(0, images).Select(i => new Row { Label = i % 2 == 0 ? "a" : "b", Features = Pixels(random, side) }).ToArray(),
            schema);
        var data = context.Transforms.Conversion.MapValueToKey("Label").Fit(rows).Transform(rows);
        var (plain, photos) = (0.0, 0.0);
        for (var round = 0; round < Rounds; round++)
        {
            plain = Math.Max(plain, Fit(context, data, ImageAugmentation.None));
            photos = Math.Max(photos, Fit(context, data, ImageAugmentation.PhotoFlip));
        }

        return (plain, photos);
    }

    private static double Fit(MLContext context, IDataView data, ImageAugmentation way)
    {
        var rate = 0.0;
        using var model = context.MulticlassClassification.Trainers.ResNet(new ResNetTrainer.Options
        {
            Architecture = ResNetArchitecture.ImageNet(18), Epochs = 2, BatchSize = 16, ValidationFraction = 0, Seed = 1,
            Augmentation = way,
            Progress = new Reports(report => rate = report.IsEpochEnd ? report.ImagesPerSecond : rate),
        }).Fit(data);
        return rate;
    }

    private static float[] Pixels(Random random, int side)
        => [.. Enumerable.Range(0, 3 * side * side).Select(_ => (float)random.Next(256))];

    private sealed class Row
    {
        public string Label { get; set; } = "";

        public float[] Features { get; set; } = [];
    }
}
