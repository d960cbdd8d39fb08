using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Training.Data;
using AdaptiveInference.ML.Training.Optimisation;
using AdaptiveInference.ML.Training.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Training.Loop;

/// <summary>The training steps of one epoch.</summary>
internal sealed class EpochTrainer(TrainingContext context, StagePlan stage, int epoch, IGateSampler sampler, Sgd optimizer)
{
    private static readonly IGateSampler MostLikely = new ThresholdSampler();

    private RandomStream _budgets = RandomStream.Of(context.Seed, RandomStream.Purpose.Budgets, epoch);

    private readonly Random _flips = new((context.Seed * 1009) + epoch);

    /// <summary>Sums over the images so far.</summary>
    public EpochTotals Totals { get; } = new();

    /// <summary>Batches done.</summary>
    public int Batches { get; private set; }

    /// <exception cref="InvalidOperationException">The loss is not a finite number; the weights are those before the step.</exception>
    public void Step(IBatch batch, float rate, double progress)
    {
        using var scope = torch.NewDisposeScope();
        Batches++;
        var (input, labels) = (batch.InputOn(context.Device), batch.LabelsOn(context.Device));
        var budgets = stage.FirstBudget is null ? null : BudgetSandwich.Draw(ref _budgets, context.Compute.Always);
        input = input.Told(budgets, context.Device);
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
        var value = loss.item<float>();
        if (!float.IsFinite(value))
        {
            throw new InvalidOperationException(
                FormattableString.Invariant($"The loss became {value} in epoch {epoch}, batch {Batches}, at a learning rate of {rate}. ")
                + context.Remedy);
        }

        loss.backward();
        optimizer.Step(rate);
        Count(step);
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

    private void Count(StepResult step)
    {
        using var noGradient = torch.no_grad();
        var sums = Evaluator.Sums(
            step.CrossEntropy, step.Pass.Logits, step.Labels, context.Compute.FractionOf(step.Pass.Gates, step.Labels));
        Totals.Add((int)step.Labels.shape[0], sums[0], sums[1], sums[2]);
        Totals.AddExits(Evaluator.Correct(step.Pass.ExitLogits, step.Labels));
    }
}
