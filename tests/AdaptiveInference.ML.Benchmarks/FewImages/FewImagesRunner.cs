using AdaptiveInference.ML.Benchmarks.Evidence;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Files;
using Microsoft.ML;

namespace AdaptiveInference.ML.Benchmarks.FewImages;

/// <summary>Makes a model, tests it, and keeps both.</summary>
internal static class FewImagesRunner
{
    /// <summary>Budgets of the curve, as fractions of the network's own MACs.</summary>
    private static readonly double[] Budgets = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

    public static void Run(FewImagesFolder folder, PhotoFolder data, FewImagesRun run, FewImagesOptions options)
    {
        Console.WriteLine($"{DateTime.Now:HH:mm:ss} {run.FileName}");
        var context = new MLContext(run.Seed);
        var images = LabelledImages.Of(data, run.Size, run.Seed);
        var dial = Dial.Of(data, run.Row.Way.Learnt(images));
        var fitted = run.Row.Way.Fit(new FitRequest(context, data, images, run.Seed, options.Epochs, options.MixedPrecision));
        if (run.Size == LabelledImages.Everything)
        {
            var schema = context.Data.LoadFromEnumerable<Photo>([]).Schema;
            AtomicFile.Write(folder.Model(run), stream => context.Model.Save(fitted.Model, schema, stream));
        }

        var result = new FewImagesResult
        {
            Row = run.Row.Name,
            Seed = run.Seed,
            Size = run.Size,
            Images = images.Training.Count + images.Validation.Count,
            FitSeconds = fitted.Effort.Seconds,
            FitCpuSeconds = fitted.Effort.CpuSeconds,
            FullMacs = fitted.FullMacs,
            Trained = fitted.Tested ?? PhotoTest.Run(context, fitted.Model, data.Test),
            Curve = run.Row.Way is FeaturesWay ? [] : [.. Curve(context, fitted.Model.AdaptiveNetwork(), data, dial)],
            Provenance = Origin.Of(null),
        };
        folder.Add(result);
        Console.WriteLine(FormattableString.Invariant(
            $"{DateTime.Now:HH:mm:ss} {run.FileName}: {result.Trained.Accuracy:P1} at {result.Trained.ComputeFraction:P0}; ")
            + string.Join(", ", result.Curve.Select(
                point => FormattableString.Invariant($"{point.Accuracy:P1} at {point.ComputeFraction:P0}")))
            + FormattableString.Invariant($"; {result.FitSeconds:F0} s, {result.FitCpuSeconds:F0} CPU s"));
    }

    private static IEnumerable<PhotoPoint> Curve(MLContext context, GatedResNetTransformer network, PhotoFolder data, Dial dial)
        => network.Exits.Count == 0 && !network.Blocks.Any(block => block.IsGated)
            ? []
            : dial.Test(context, network, data.Test, Budgets);
}
