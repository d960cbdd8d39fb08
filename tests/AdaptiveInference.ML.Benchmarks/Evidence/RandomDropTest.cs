using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference;
using ModelBuilderStyle.ImageData;

namespace AdaptiveInference.ML.Benchmarks.Evidence;

/// <summary>
/// Runs a network that was trained with random block dropping as it was trained: every block is dropped for every image with the same
/// probability, whatever the image shows. What gates have to beat at equal MACs.
/// </summary>
internal sealed class RandomDropTest(GatedResNetTransformer model, float rate, RawImages images)
{
    /// <summary>Gates are not asked and cost nothing: the paths are given.</summary>
    private static readonly ScoringPolicy Unasked = new() { GateThreshold = 0 };

    public TestPoint Run()
    {
        var plan = WithGates();
        var random = new Random(1);
        var trace = new ExecutionTrace(plan.Blocks.Blocks.Count);
        var probabilities = new float[plan.Blocks.Spec.Classes];
        var paths = new HashSet<TestPath>();
        var (correct, macs, run) = (0, 0L, 0L);
        for (var image = 0; image < images.Count; image++)
        {
            var gates = plan.Blocks.Blocks.Select(_ => random.NextSingle() >= rate).ToArray();
            plan.Run(IdxData.Pixels(images, image), Unasked, probabilities, trace, gates, []);
            correct += Array.IndexOf(probabilities, probabilities.Max()) == images.Labels[image] ? 1 : 0;
            macs += trace.Macs;
            run += gates.Count(open => open);
            paths.Add(TestPath.Of(trace));
        }

        return new TestPoint
        {
            Accuracy = (double)correct / images.Count,
            MeanMacs = (double)macs / images.Count,
            BlocksRun = (double)run / images.Count,
            DistinctPaths = paths.Count,
            GatesStuckOpen = 0,
            GatesStuckShut = 0,
            Left = [1],
        };
    }

    // The same blocks with gates around them, as ConvNet-AIG has them, and with residual branches no longer scaled by how often they ran.
    private InferencePlan WithGates()
    {
        var blocks = BlockPlan.Of(model.Model.Spec with { Network = NetworkKind.ConvNetAig });
        var trained = model.Model.Weights;
        var values = WeightLayout.Of(blocks).ToDictionary(
            tensor => tensor.Name,
            tensor => trained.Layout.Any(own => own.Name == tensor.Name) ? trained[tensor.Name].ToArray() : new float[tensor.Length]);
        foreach (var block in blocks.Blocks)
        {
            var norm = block.Prefix + (block.IsBottleneck ? "bn3" : "bn2");
            foreach (var name in (string[])[norm + ".weight", norm + ".bias"])
            {
                values[name] = [.. values[name].Select(value => value / (1 - rate))];
            }
        }

        return InferencePlan.Compile(blocks, new NetworkWeights(blocks, values), model.Model.Channels);
    }
}
