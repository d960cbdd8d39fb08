using AdaptiveInference.ML.Transforms;
using Microsoft.ML;

namespace AdaptiveInference.ML.Benchmarks.FewImages;

/// <summary>
/// Sets a model to a budget and tests it. Thresholds are set on images without their labels, and neither on images that the model learnt
/// from, of which it is too certain, nor on those that it is tested on.
/// </summary>
/// <param name="parts">Images to set thresholds on, and those that are tested with them. Together the latter are the test images.</param>
internal sealed class Dial(IReadOnlyList<(IReadOnlyList<Photo> Calibration, IReadOnlyList<Photo> Tested)> parts)
{
    public IReadOnlyList<(IReadOnlyList<Photo> Calibration, IReadOnlyList<Photo> Tested)> Parts => parts;

    /// <summary>
    /// The validation images that the model did not learn from. Where it learnt from all of them, one half of the test images for the
    /// other: an application that is in use has such images, too.
    /// </summary>
    public static Dial Of(PhotoFolder data, IReadOnlyList<Photo> learnt)
    {
        var seen = learnt.ToHashSet();
        List<Photo> free = [.. data.Validation.Where(photo => !seen.Contains(photo))];
        if (free.Count > 0)
        {
            return new Dial([(free, data.Test)]);
        }

        var halves = Halves(data.Test);
        return new Dial([(halves[0], halves[1]), (halves[1], halves[0])]);
    }

    /// <summary>Every other object, with all of its pictures; files come in the order of classes.</summary>
    public static IReadOnlyList<IReadOnlyList<Photo>> Halves(IReadOnlyList<Photo> photos)
        => [.. photos.GroupBy(photo => photo.Group).Index().GroupBy(group => group.Index % 2, group => group.Item)
            .Select(half => half.SelectMany(group => group).ToList())];

    /// <summary>
    /// The network at each of the budgets that it can be set to, thresholds of each of <see cref="Parts"/> for themselves.
    /// </summary>
    public IEnumerable<(double Budget, IReadOnlyList<GatedResNetTransformer> Networks)> Turn(
        MLContext context, GatedResNetTransformer network, IEnumerable<double> budgets)
    {
        var searches = parts.Select(part => network.WithComputeBudgets(Images(context, part.Calibration))).ToList();
        return budgets.Select(budget => (budget, Turned(searches, budget))).Where(turned => turned.Item2.Count > 0);
    }

    /// <summary>Test accuracy at each of the budgets that the network can be set to.</summary>
    public IEnumerable<PhotoPoint> Test(
        MLContext context, GatedResNetTransformer network, IReadOnlyList<Photo> photos, IEnumerable<double> budgets)
    {
        foreach (var (budget, networks) in Turn(context, network, budgets))
        {
            var answers = new Dictionary<Photo, (string Label, float ComputeFraction)>();
            foreach (var (model, (_, tested)) in networks.Zip(parts))
            {
                var scored = PhotoPipeline.Around(context, model).Transform(context.Data.LoadFromEnumerable(tested));
                foreach (var (photo, answer) in tested.Zip(PhotoTest.Answers(scored)))
                {
                    answers.Add(photo, answer);
                }
            }

            yield return PhotoPoint.Of(
                budget,
                [.. photos.Select(photo => answers[photo].Label == photo.Label)],
                [.. photos.Select(photo => answers[photo].ComputeFraction)]);
        }
    }

    // Empty where the network's curve does not reach that far.
    private static IReadOnlyList<GatedResNetTransformer> Turned(List<Func<double, GatedResNetTransformer>> searches, double budget)
    {
        try
        {
            return [.. searches.Select(search => search(budget))];
        }
        catch (ArgumentOutOfRangeException)
        {
            return [];
        }
    }

    private static IDataView Images(MLContext context, IReadOnlyList<Photo> photos)
    {
        var rows = context.Data.LoadFromEnumerable(photos);
        return PhotoPipeline.Bytes(context).Fit(rows).Transform(rows);
    }
}
