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

        // Every other object, with all of its pictures; files come in the order of classes.
        var halves = data.Test.GroupBy(photo => photo.Group).Index().GroupBy(group => group.Index % 2, group => group.Item)
            .Select(half => half.SelectMany(group => group).ToList()).ToList();
        return new Dial([(halves[0], halves[1]), (halves[1], halves[0])]);
    }

    /// <summary>The network at a budget, for each of <see cref="Parts"/>; null where its curve does not reach that far.</summary>
    public IReadOnlyList<GatedResNetTransformer>? Turn(MLContext context, GatedResNetTransformer network, double budget)
    {
        try
        {
            return [.. parts.Select(part => network.WithComputeBudget(Images(context, part.Calibration), budget))];
        }
        catch (ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    /// <summary>Test accuracy at a budget; null where the network's curve does not reach that far.</summary>
    public PhotoPoint? Test(MLContext context, GatedResNetTransformer network, IReadOnlyList<Photo> photos, double budget)
    {
        if (Turn(context, network, budget) is not { } turned)
        {
            return null;
        }

        var answers = new Dictionary<Photo, (string Label, float ComputeFraction)>();
        foreach (var (model, (_, tested)) in turned.Zip(parts))
        {
            var scored = PhotoPipeline.Around(context, model).Transform(context.Data.LoadFromEnumerable(tested));
            foreach (var (photo, answer) in tested.Zip(PhotoTest.Answers(scored)))
            {
                answers.Add(photo, answer);
            }
        }

        return PhotoPoint.Of(
            budget,
            [.. photos.Select(photo => answers[photo].Label == photo.Label)],
            [.. photos.Select(photo => answers[photo].ComputeFraction)]);
    }

    private static IDataView Images(MLContext context, IReadOnlyList<Photo> photos)
    {
        var rows = context.Data.LoadFromEnumerable(photos);
        return PhotoPipeline.Bytes(context).Fit(rows).Transform(rows);
    }
}
