using AdaptiveInference.ML.Benchmarks.FewImages;
using AdaptiveInference.ML.Transforms;
using Microsoft.ML;

namespace AdaptiveInference.ML.Benchmarks.Quantisation;

/// <summary>
/// The pretrained network with heads fitted to the training images: with exits, and as a static network, with one head on its last
/// features. Budgets are compared by the validation images, which neither learnt from.
/// </summary>
internal sealed class StaticPhotos(MLContext context, PhotoFolder photos, int side)
{
    private const double MostLost = 0.5;
    private const HeadKind WithExits = HeadKind.Quarters;

    private static readonly HeadKind[] Heads = [HeadKind.Pooled, HeadKind.Quarters];

    /// <summary>
    /// Prints accuracies, and finds the smallest budget at which a network is no more than half a point less accurate than the better
    /// static one; null where none is enough.
    /// </summary>
    public double? Budget(IReadOnlyList<double> budgets, Func<double, GatedResNetTransformer> at)
    {
        var best = 0.0;
        foreach (var head in Heads)
        {
            var network = Fit(head, exits: false);
            var validated = Accuracy(network, photos.Validation);
            best = Math.Max(best, validated);
            var tested = Accuracy(network, photos.Test);
            Console.WriteLine($"Static network, {head} head: {validated:F1} % of validation images, {tested:F1} % of test images");
        }

        double? found = null;
        foreach (var budget in budgets)
        {
            var accuracy = Accuracy(at(budget), photos.Validation);
            Console.WriteLine($"Budget {budget}, 8 bits: {accuracy:F1} % of validation images");
            found ??= accuracy >= best - MostLost ? budget : null;
        }

        Console.WriteLine($"The smallest with at least {best:F1} − {MostLost} %: {found}\n");
        return found;
    }

    /// <summary>Answers, and what they cost.</summary>
    public List<(string Label, float ComputeFraction)> Answers(GatedResNetTransformer model, IReadOnlyList<Photo> images)
        => PhotoTest.Answers(PhotoPipeline.Around(context, model).Transform(context.Data.LoadFromEnumerable(images)));

    /// <summary>Percent right.</summary>
    public static double Accuracy(List<(string Label, float ComputeFraction)> answers, IReadOnlyList<Photo> images)
        => answers.Zip(images).Average(pair => pair.First.Label == pair.Second.Label ? 100.0 : 0);

    /// <summary>The network with heads.</summary>
    public GatedResNetTransformer Fit(HeadKind head = WithExits, bool exits = true)
        => ExitHeadsWay.Fit(context, photos.Training, side, new ExitHeadsTrainer.Options
        {
            ValidationGroupColumnName = nameof(Photo.Group), Seed = 1, Head = head, AfterBlocks = exits ? null : [],
        });

    private double Accuracy(GatedResNetTransformer model, IReadOnlyList<Photo> images) => Accuracy(Answers(model, images), images);
}
