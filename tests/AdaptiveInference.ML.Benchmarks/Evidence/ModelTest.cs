using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Model;
using ModelBuilderStyle.ImageData;

namespace AdaptiveInference.ML.Benchmarks.Evidence;

/// <summary>Runs a model on test images, and the two controls that tell whether its paths depend on what an image shows.</summary>
internal sealed class ModelTest(GatedResNetTransformer model, RawImages images)
{
    private const double Stuck = 0.01;

    private readonly InferencePlan _plan = model.Plan;
    private readonly float[] _probabilities = new float[model.Model.Spec.Classes];
    private readonly ExecutionTrace _trace = new(model.Blocks.Count);

    /// <param name="budget">The budget that the thresholds of the model are for, for the record.</param>
    /// <param name="controls">Whether to run the controls too.</param>
    /// <param name="gates">For each image which blocks run in place of what its gates decide; null leaves it to them.</param>
    public TestPoint Run(double? budget, bool controls, Func<bool[]>? gates = null)
    {
        var paths = new List<TestPath>(images.Count);
        var (correct, macs) = (0, 0L);
        for (var image = 0; image < images.Count; image++)
        {
            correct += IsCorrect(image, model.Model.Policy, gates?.Invoke()) ? 1 : 0;
            macs += _trace.Macs;
            paths.Add(TestPath.Of(_trace));
        }

        var point = new TestPoint
        {
            Budget = budget,
            Accuracy = (double)correct / images.Count,
            MeanMacs = (double)macs / images.Count,
            BlocksRun = paths.Average(path => path.Ran.Count(ran => ran)),
            DistinctPaths = paths.Distinct().Count(),
            GatesStuckOpen = Gates(paths, rate => rate >= 1 - Stuck),
            GatesStuckShut = Gates(paths, rate => rate <= Stuck),
            Left = [.. Enumerable.Range(0, model.Model.Spec.Exits.Count).Append(-1)
                .Select(exit => paths.Count(path => path.Exit == exit) / (double)images.Count)],
        };
        return controls && point.DistinctPaths > 1 ? WithControls(point, paths) : point;
    }

    private TestPoint WithControls(TestPoint point, List<TestPath> paths)
    {
        var (commonAccuracy, commonMacs) = Forced(TestPath.Common(paths));
        return point with
        {
            ShuffledAccuracy = Forced(TestPath.Shuffled(paths)).Accuracy,
            CommonPathAccuracy = commonAccuracy,
            CommonPathMacs = commonMacs,
        };
    }

    private (double Accuracy, double Macs) Forced(TestPath[] paths)
    {
        var policies = Enumerable.Range(-1, model.Model.Spec.Exits.Count + 1).ToDictionary(exit => exit, Leaving);
        var (correct, macs) = (0, 0L);
        for (var image = 0; image < images.Count; image++)
        {
            correct += IsCorrect(image, policies[paths[image].Exit], paths[image].Ran) ? 1 : 0;
            macs += _trace.Macs;
        }

        return ((double)correct / images.Count, (double)macs / images.Count);
    }

    // Every image is certain enough for a threshold of 0, none for 1.
    private ScoringPolicy Leaving(int exit) => model.Model.Policy with
    {
        ExitConfidence = [.. model.Model.Spec.Exits.Select((_, index) => index == exit ? 0f : 1f)],
    };

    private bool IsCorrect(int image, ScoringPolicy policy, ReadOnlySpan<bool> gates)
    {
        _plan.Run(IdxData.Pixels(images, image), policy, _probabilities, _trace, gates, []);
        return Array.IndexOf(_probabilities, _probabilities.Max()) == images.Labels[image];
    }

    private int Gates(List<TestPath> paths, Func<double, bool> isStuck)
    {
        var blocks = _plan.Blocks;
        return blocks.Blocks.Where(block => block.IsGated).Count(block =>
        {
            var reached = paths.Where(path => path.Exit < 0 || blocks.Spec.Exits[path.Exit].AfterBlock >= block.Index).ToList();
            return reached.Count > 0 && isStuck(reached.Average(path => path.Ran[block.Index] ? 1.0 : 0.0));
        });
    }
}
