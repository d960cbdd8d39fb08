using AdaptiveInference.ML.Transforms.Tests.Inference;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Benchmarks.Models;

/// <summary>
/// SkipNets with random weights whose recurrent gates decide by the image: what each gate looks at is chosen so that the gates disagree,
/// and shifted until half of the multiply–accumulates are skipped. Nothing overrules the gates, so every image takes a path of its own
/// making.
/// </summary>
internal static class GatedModels
{
    private const int CentringRounds = 8;
    private const int ThresholdSteps = 12;
    private const double ComputeFraction = 0.5;

    public static ScoringColumns Columns { get; } = new("Features", "Score", "PredictedLabel", "ExecutionPath", "ComputeFraction");

    /// <summary>Makes a network for images of its size.</summary>
    /// <param name="spec">The network.</param>
    /// <param name="images">What gates are made to tell apart.</param>
    /// <param name="scored">Over which half of the multiply–accumulates are skipped.</param>
    public static GatedResNetModel Create(NetworkSpec spec, IReadOnlyList<float[]> images, IReadOnlyList<float[]> scored)
    {
        var network = new RandomNetwork(spec, 1);
        var gates = new TunableGates(
            network.Plan,
            WeightLayout.Of(network.Plan).ToDictionary(tensor => tensor.Name, tensor => network.Weights[tensor.Name].ToArray()),
            new ChannelStatistics([.. Enumerable.Repeat(73f, spec.Image.Channels)], [.. Enumerable.Repeat(90f, spec.Image.Channels)]));
        GateDirections.Choose(gates, images);
        for (var round = 0; round < CentringRounds; round++)
        {
            gates.Centre(gates.Look(images, force: false));
        }

        string[] names = [.. Enumerable.Range(0, spec.Classes).Select(i => $"class {i}")];
        return new GatedResNetModel(
            network.Plan,
            new NetworkWeights(network.Plan, gates.Weights),
            gates.Statistics,
            ClassLabels.OfNames(names),
            new ScoringPolicy { GateThreshold = ThresholdFor(gates, scored) });
    }

    // What always runs and what gates cost is made up for by gates that open a little less often than for half of the images.
    private static float ThresholdFor(TunableGates gates, IReadOnlyList<float[]> images)
    {
        float low = 0, high = 1;
        for (var step = 0; step < ThresholdSteps; step++)
        {
            var middle = (low + high) / 2;
            gates.Look(images, force: false, middle);
            (low, high) = gates.ComputeFraction > ComputeFraction ? (middle, high) : (low, middle);
        }

        return high;
    }

    /// <summary>The same network without its gates.</summary>
    public static GatedResNetModel Dense(GatedResNetModel model)
    {
        var blocks = BlockPlan.Of(model.Spec with { Network = NetworkKind.ResNet });
        var weights = WeightLayout.Of(blocks).ToDictionary(tensor => tensor.Name, tensor => model.Weights[tensor.Name].ToArray());
        return new GatedResNetModel(blocks, new NetworkWeights(blocks, weights), model.Channels, model.Classes, ScoringPolicy.Default);
    }
}
