using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using ModelBuilderStyle.ImageData;

namespace AdaptiveInference.ML.Benchmarks.Evidence;

/// <summary>
/// A network under a budget, and another one that answers where the first is not sure: the same network with every block, or a larger one.
/// Gates have to decide about the first blocks before they can know how hard an image is; an answer tells it.
/// </summary>
/// <param name="firsts">The first network at the settings that there are to choose from.</param>
/// <param name="second">What answers in its place, whole.</param>
internal sealed class AskedTwice(IReadOnlyList<GatedResNetTransformer> firsts, GatedResNetTransformer second)
{
    /// <summary>A setting of the first network, and how sure it has to be to answer.</summary>
    private sealed record Choice(GatedResNetTransformer First, double Sure, double Agreement);

    private sealed record Answer(int Class, float Confidence, TestPath Path, long Macs);

    /// <summary>The points of a curve that can be had.</summary>
    /// <param name="calibration">Images to choose by, without labels.</param>
    /// <param name="test">Images to test on.</param>
    /// <param name="budgets">Mean MACs that may be spent, and whether the controls are run there.</param>
    public IEnumerable<TestPoint> Curve(
        IReadOnlyList<float[]> calibration, RawImages test, IEnumerable<(double Macs, bool Controls)> budgets)
    {
        var whole = calibration.Select(pixels => Ask(second, pixels)).ToList();
        var known = firsts.ToDictionary(first => first, first => calibration.Select(pixels => Ask(first, pixels)).ToList());
        foreach (var (macs, controls) in budgets)
        {
            if (known.Select(setting => Chosen(setting.Key, setting.Value, whole, macs)).OfType<Choice>()
                .MaxBy(choice => choice.Agreement) is { } best)
            {
                yield return Test(best, test, macs / second.FullMacs, controls);
            }
        }
    }

    // The least sure answers are asked for again, as many as there are MACs left for.
    private static Choice? Chosen(GatedResNetTransformer first, List<Answer> answers, List<Answer> whole, double macs)
    {
        var left = macs - answers.Average(answer => answer.Macs);
        if (left < 0)
        {
            return null;
        }

        var sure = answers.Zip(whole, (one, other) => (one.Confidence, IsSame: one.Class == other.Class))
            .OrderBy(answer => answer.Confidence).ToList();
        var again = (int)Math.Min(sure.Count, left / whole.Average(answer => answer.Macs) * sure.Count);
        var agreeing = again + sure.Skip(again).Count(answer => answer.IsSame);
        return new Choice(
            first, again == sure.Count ? double.PositiveInfinity : sure[again].Confidence, (double)agreeing / sure.Count);
    }

    private TestPoint Test(Choice choice, RawImages images, double budget, bool controls)
    {
        var answers = Enumerable.Range(0, images.Count).Select(image => Both(choice, IdxData.Pixels(images, image))).ToList();
        var paths = answers.Select(answer => answer.Path).ToList();
        var point = new TestPoint
        {
            Budget = budget,
            Accuracy = Right(answers, images),
            MeanMacs = answers.Average(answer => answer.Macs),
            BlocksRun = paths.Average(path => path.Ran.Count(ran => ran)),
            DistinctPaths = paths.Distinct().Count(),
            GatesStuckOpen = 0,
            GatesStuckShut = 0,
            Left = [.. new[] { 0, -1 }.Select(exit => paths.Count(path => path.Exit == exit) / (double)images.Count)],
        };
        if (!controls || point.DistinctPaths < 2)
        {
            return point;
        }

        var alike = Forced(choice.First, TestPath.Common(paths), images);
        return point with
        {
            ShuffledAccuracy = Right(Forced(choice.First, TestPath.Shuffled(paths), images), images),
            CommonPathAccuracy = Right(alike, images),
            CommonPathMacs = alike.Average(answer => answer.Macs),
        };
    }

    // A path is that through both networks: none of the second's blocks for an image that the first one answers.
    private Answer Both(Choice choice, float[] pixels)
    {
        var first = Ask(choice.First, pixels);
        if (first.Confidence >= choice.Sure)
        {
            return first with { Path = new TestPath([.. first.Path.Ran, .. new bool[second.Blocks.Count]], 0) };
        }

        var again = Ask(second, pixels);
        return again with { Path = new TestPath([.. first.Path.Ran, .. again.Path.Ran], -1), Macs = first.Macs + again.Macs };
    }

    private List<Answer> Forced(GatedResNetTransformer first, IReadOnlyList<TestPath> paths, RawImages images)
        => [.. paths.Select((path, image) =>
        {
            var pixels = IdxData.Pixels(images, image);
            var before = Ask(first, pixels, path.Ran[..first.Blocks.Count]);
            if (path.Exit == 0)
            {
                return before;
            }

            var again = Ask(second, pixels, path.Ran[first.Blocks.Count..]);
            return again with { Macs = before.Macs + again.Macs };
        })];

    private static Answer Ask(GatedResNetTransformer model, float[] pixels, bool[]? gates = null)
    {
        var (probabilities, trace) = (new float[model.Model.Spec.Classes], new ExecutionTrace(model.Blocks.Count));
        model.Plan.Run(pixels, model.Model.Policy, probabilities, trace, gates, []);
        var most = probabilities.Max();
        return new Answer(Array.IndexOf(probabilities, most), most, TestPath.Of(trace), trace.Macs);
    }

    private static double Right(List<Answer> answers, RawImages images)
        => answers.Where((answer, image) => answer.Class == images.Labels[image]).Count() / (double)images.Count;
}
