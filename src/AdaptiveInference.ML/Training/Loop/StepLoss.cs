using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Training.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Training.Loop;

/// <summary>
/// The whole loss of a training step: what the stage asks for, and what difficulty, measured worth, exits and a teacher add where options
/// ask for them.
/// </summary>
internal sealed class StepLoss(TrainingContext context, StagePlan stage, int epoch)
{
    private static readonly IGateSampler MostLikely = new ThresholdSampler();

    private readonly Random _flips = new((context.Seed * 1009) + epoch);

    /// <summary>Runs the network forward, as often as the loss needs.</summary>
    /// <param name="input">The batch's images.</param>
    /// <param name="labels">Their classes.</param>
    /// <param name="sampler">Draws the decisions of gates.</param>
    /// <param name="progress">Part of the stage that is done, 0 to 1.</param>
    /// <param name="budgets">What gates are told; null where they are told none.</param>
    public (StepResult Step, Tensor Loss) Of(
        NetworkInput input, Tensor labels, IGateSampler sampler, double progress, BatchBudgets? budgets)
    {
        StepResult? mostLikely = null;
        if (stage.ComparesWithMostLikelyPath)
        {
            using var noGradient = torch.no_grad();
            mostLikely = Run(input, labels, MostLikely);
        }

        var step = Run(input, labels, sampler) with { MostLikely = mostLikely, Progress = progress, Budgets = budgets };
        (input, step) = WithDifficulty(input, step);
        var loss = stage.Loss(step);
        loss = step.Difficulty is null ? loss : loss + (DifficultyObjective.Of(step, stage.Target) * stage.DifficultyWeight);
        loss = stage.MeasuredWorthWeight == 0 ? loss : loss + (MeasuredWorth(input, step) * stage.MeasuredWorthWeight);
        loss = ExitObjective.Loss(step, context.Options) is { } exits ? loss + exits : loss;
        loss = context.Teacher is { } teacher ? loss + teacher.Loss(input, step)
            : budgets is not null ? loss + WholeTeaches(input, step, budgets)
            : loss;
        return (step, loss);
    }

    // The teacher's answers are kept for its own loss.
    private (NetworkInput Input, StepResult Step) WithDifficulty(NetworkInput input, StepResult step)
    {
        if (stage.DifficultyWeight == 0)
        {
            return (input, step);
        }

        using var noGradient = torch.no_grad();
        Tensor whole;
        if (context.Teacher is { } teacher)
        {
            input = input with { TeacherLogits = input.TeacherLogits ?? teacher.Logits(input.Images!) };
            whole = input.TeacherLogits;
        }
        else
        {
            whole = WholeAnswers(input with { Budgets = null });
        }

        var best = nn.functional.cross_entropy(whole, step.Labels, reduction: nn.Reduction.None);
        return (input, step with { Difficulty = step.CrossEntropy - best });
    }

    private Tensor MeasuredWorth(NetworkInput input, StepResult step)
    {
        var gates = torch.tensor(
            [.. Enumerable.Range(0, (int)step.Labels.shape[0]).Select(_ => (long)_flips.Next(step.Pass.Gates.Count))],
            device: context.Device);
        var flip = new OneGateFlipped(step, gates);
        Tensor otherwise;
        using (torch.no_grad())
        {
            otherwise = Run(input, step.Labels, flip).CrossEntropy;
        }

        return flip.Loss(step, otherwise);
    }

    // By running statistics: as the network answers in use, and without moving them by images that are counted already.
    private Tensor WholeTeaches(NetworkInput input, StepResult step, BatchBudgets budgets)
    {
        var limited = budgets.Limited(step.Labels.shape[0], context.Device);
        if (limited.shape[0] == 0)
        {
            return step.CrossEntropy.sum() * 0;
        }

        Tensor whole;
        using (torch.no_grad())
        {
            whole = WholeAnswers(input.Some(limited));
        }

        return WholeNetworkTeacher.Loss(whole, limited, step, context.Options);
    }

    private Tensor WholeAnswers(NetworkInput input)
    {
        context.Network.FreezeBatchNorm(true);
        var whole = context.Network.Run(input, MostLikely).Logits;
        context.Network.FreezeBatchNorm(stage.FreezeBatchNorm);
        return whole;
    }

    private StepResult Run(NetworkInput input, Tensor labels, IGateSampler gates)
    {
        var pass = context.Network.Run(input, gates);
        var crossEntropy = nn.functional.cross_entropy(
            pass.Logits, labels, reduction: nn.Reduction.None, label_smoothing: context.Options.LabelSmoothing);
        return new StepResult(pass, labels, crossEntropy, context.Compute);
    }
}
