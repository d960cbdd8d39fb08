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
    /// Prints accuracies, and finds for each static network the smallest budget at which the network with exits is no more than half a
    /// point less accurate.
    /// </summary>
    /// <returns>By budget what is said of it.</returns>
    public Dictionary<double, string> Marks(IReadOnlyList<double> budgets, Func<double, GatedResNetTransformer> at)
    {
        List<(double Budget, double Accuracy)> curve = [];
        foreach (var budget in budgets)
        {
            curve.Add((budget, Accuracy(at(budget), photos.Validation)));
            Console.WriteLine($"Budget {budget}, 8 bits: {curve[^1].Accuracy:F1} % of validation images");
        }

        var marks = new Dictionary<double, string>();
        foreach (var head in Heads)
        {
            var network = Fit(head, exits: false);
            var validated = Accuracy(network, photos.Validation);
            var tested = Accuracy(network, photos.Test);
            Console.WriteLine($"Static network, {head} head: {validated:F1} % of validation images, {tested:F1} % of test images");
            if (curve.FindIndex(point => point.Accuracy >= validated - MostLost) is >= 0 and var first)
            {
                var budget = curve[first].Budget;
                marks[budget] = marks.GetValueOrDefault(budget) + $", at least {validated:F1} − {MostLost} % in validation ({head})";
            }
        }

        return marks;
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
