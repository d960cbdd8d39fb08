using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Transforms.Architectures;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Training.Recipes;

/// <summary>
/// Training of a static residual network with cross-entropy, optionally with stochastic depth (Huang et al., ECCV 2016) at one rate for all
/// blocks: a block's residual branch is left out at random while training, and scaled by the probability that it ran afterwards.
/// </summary>
internal static class ResNetRecipe
{
    public static TrainingRecipe Of(ResNetTrainer.Options options) => new()
    {
        Stages = [Supervised(options)],
        Finish = (plan, trained) => Expected(plan, trained, options.BlockDropRate),
    };

    private static StagePlan Supervised(ResNetTrainer.Options options) => new()
    {
        Stage = TrainingStage.Supervised,
        Epochs = options.Epochs,
        LearningRate = options.LearningRate,
        Sampler = generator => options.BlockDropRate > 0 ? new RandomDropSampler(options.BlockDropRate, generator) : FixedSampler.AllOpen,
        EvaluationSampler = options.BlockDropRate > 0 ? new ExpectedDropSampler(options.BlockDropRate) : FixedSampler.AllOpen,
        Loss = step => step.CrossEntropy.mean(),
    };

    /// <summary>
    /// Weights under which running every block gives what training saw on average: the last batch-norm of each residual branch scaled by
    /// the probability that the branch ran.
    /// </summary>
    public static NetworkWeights Expected(BlockPlan plan, NetworkWeights weights, float dropRate)
        => dropRate == 0 ? weights : ScaleBranches(plan, weights, 1 - dropRate);

    /// <summary>Weights under which every residual branch gives its output times a factor.</summary>
    public static NetworkWeights ScaleBranches(BlockPlan plan, NetworkWeights weights, float factor)
    {
        var values = weights.Layout.ToDictionary(tensor => tensor.Name, tensor => weights[tensor.Name].ToArray());
        foreach (var block in plan.Blocks)
        {
            var norm = block.Body[^1].Norm.Name;
            foreach (var name in (string[])[norm + ".weight", norm + ".bias"])
            {
                values[name] = [.. values[name].Select(value => value * factor)];
            }
        }

        return new NetworkWeights(plan, values);
    }

    private sealed class ExpectedDropSampler(float rate) : IGateSampler
    {
        public GateSample Sample(GateQuery query) => new(Mask(query.Block, query.Logit.shape[0], query.Logit.device));

        public Tensor Mask(int block, long images, Device device) => full([images], 1 - rate, device: device);
    }
}
