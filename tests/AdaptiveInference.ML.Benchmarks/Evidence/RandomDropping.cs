using AdaptiveInference.ML.Training.Recipes;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Model;
using Microsoft.ML;
using ModelBuilderStyle.ImageData;

namespace AdaptiveInference.ML.Benchmarks.Evidence;

/// <summary>
/// Runs a network that was trained with random block dropping as it was trained: every block is dropped for every image with the same
/// probability, whatever the image shows. What gates have to beat at equal MACs.
/// </summary>
internal static class RandomDropping
{
    /// <summary>Gates are not asked and cost nothing: the paths are given.</summary>
    private static readonly ScoringPolicy Unasked = new() { GateThreshold = 0 };

    public static TestPoint Test(MLContext context, GatedResNetTransformer model, float rate, RawImages images)
    {
        var gated = WithGates(context, model, rate);
        var random = new Random(1);
        return new ModelTest(gated, images).Run(
            null, controls: false, () => [.. gated.Blocks.Select(_ => random.NextSingle() >= rate)]);
    }

    // The same blocks with gates around them, as ConvNet-AIG has them, and with residual branches no longer scaled by how often they ran.
    private static GatedResNetTransformer WithGates(MLContext context, GatedResNetTransformer model, float rate)
    {
        var blocks = BlockPlan.Of(model.Model.Spec with { Network = NetworkKind.ConvNetAig });
        var trained = ResNetRecipe.ScaleBranches(model.Model.Blocks, model.Model.Weights, 1 / (1 - rate));
        var weights = new NetworkWeights(blocks, WeightLayout.Of(blocks).ToDictionary(
            tensor => tensor.Name,
            tensor => trained.Contains(tensor.Name) ? trained.Array(tensor.Name) : new float[tensor.Length]));
        var network = new GatedResNetModel(blocks, weights, model.Model.Channels, model.Model.Classes, Unasked);
        return new GatedResNetTransformer(context, network, model.Columns);
    }
}
