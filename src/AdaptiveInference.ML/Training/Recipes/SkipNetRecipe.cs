using AdaptiveInference.ML.Layers;
using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Samplers;
using TorchSharp;

namespace AdaptiveInference.ML.Training.Recipes;

/// <summary>
/// Training of SkipNet (Wang et al., ECCV 2018, section 3.3 and algorithm 1): first supervised with straight-through gates, then hybrid
/// reinforcement, which minimises <c>J = E[L_CE − (α/N) Σ (1 − g_i) C_i]</c> over gates that are sampled.
/// </summary>
/// <remarks>
/// What differs from the paper unless asked for: the supervised stage samples its gates (straight-through Gumbel-softmax), aims for a
/// compute fraction and rewards gates that tell images apart, because the paper's supervised stage closes no gate within a short run and
/// its reinforcement then has nothing to sample from. C_i is the block's share of the network's MACs. The reward is compared with that of
/// the most likely path of the same image, and batch-norm keeps its statistics during reinforcement. The learning rate falls along a
/// cosine, and gates have no weight decay. With <see cref="SkipNetTrainer.Options.AsPublished"/> none of this is so: C_i
/// is 1, the rate falls to a tenth after one half and three quarters of the supervised steps, and stays as it is in reinforcement.
/// </remarks>
internal static class SkipNetRecipe
{
    public static TrainingRecipe Of(SkipNetTrainer.Options options)
    {
        var (supervised, reinforcement) = (Supervised(options), Reinforcement(options));
        if (options.AsPublished)
        {
            (supervised, reinforcement) = (supervised.AsPublished(0.5, 0.75), reinforcement.AsPublished());
        }

        return new() { Stages = options.ReinforcementEpochs == 0 || options.AnyBudget ? [supervised] : [supervised, reinforcement] };
    }

    private static StagePlan Supervised(SkipNetTrainer.Options options) => new()
    {
        Stage = TrainingStage.Supervised,
        Epochs = options.Epochs,
        LearningRate = options.LearningRate,
        Sampler = generator => Target(options) is null ? new StraightThroughSampler() : new GumbelSampler(1, generator),
        PrepareFreshGates = Target(options) is null ? null : OpenGates,
        FirstBudget = options.FirstBudget,
        DifficultyWeight = options.AsPublished ? 0 : options.DifficultyWeight,
        MeasuredWorthWeight = options.AsPublished ? 0 : options.MeasuredWorthWeight,
        Target = Target(options),
        Loss = step => SkipNetLoss.Supervised(step, options, Target(options)),
        ValidationScore = options.AnyBudget
            ? ValidationScores.OverBudgets
            : evaluation => ValidationScores.WithinTarget(evaluation, Target(options)),
    };

    private static float? Target(SkipNetTrainer.Options options) => options.AsPublished ? null : options.TargetComputeFraction;

    private static void OpenGates(GatedResNetModule network)
    {
        using var _ = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        foreach (var (name, parameter) in network.named_parameters())
        {
            if (name == "control.proj.bias")
            {
                parameter.fill_(WeightInitialisation.FirstLogit);
            }
            else if (name.EndsWith(".gate.linear.bias", StringComparison.Ordinal))
            {
                parameter.copy_(torch.tensor(new[] { 0f, WeightInitialisation.FirstLogit }));
            }
        }
    }

    private static StagePlan Reinforcement(SkipNetTrainer.Options options) => new()
    {
        Stage = TrainingStage.Reinforcement,
        Epochs = options.ReinforcementEpochs,
        LearningRate = options.ReinforcementLearningRate,
        FreezeBatchNorm = !options.AsPublished,
        ComparesWithMostLikelyPath = !options.AsPublished,
        Sampler = generator => new BernoulliSampler(generator),
        Loss = step => SkipNetLoss.Reinforcement(step, options),
        ValidationScore = evaluation => -(evaluation.Loss + (options.ComputePenalty * evaluation.ComputeFraction)),
    };
}
