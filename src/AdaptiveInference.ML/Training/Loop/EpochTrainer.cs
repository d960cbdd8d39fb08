using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Training.Data;
using AdaptiveInference.ML.Training.Optimisation;
using AdaptiveInference.ML.Training.Recipes;
using TorchSharp;

namespace AdaptiveInference.ML.Training.Loop;

/// <summary>The training steps of one epoch.</summary>
internal sealed class EpochTrainer(TrainingContext context, StagePlan stage, int epoch, IGateSampler sampler, Sgd optimizer)
{
    private RandomStream _budgets = RandomStream.Of(context.Seed, RandomStream.Purpose.Budgets, epoch);

    private readonly StepLoss _loss = new(context, stage, epoch);

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
        var (step, loss) = _loss.Of(input, labels, sampler, progress, budgets);
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

    private void Count(StepResult step)
    {
        using var noGradient = torch.no_grad();
        var sums = ValidationLoop.Sums(
            step.CrossEntropy, step.Pass.Logits, step.Labels, context.Compute.FractionOf(step.Pass.Gates, step.Labels));
        Totals.Add((int)step.Labels.shape[0], sums[0], sums[1], sums[2]);
        Totals.AddExits(ValidationLoop.Correct(step.Pass.ExitLogits, step.Labels));
    }
}
