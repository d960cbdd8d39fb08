using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Training.Data;
using AdaptiveInference.ML.Training.Recipes;
using TorchSharp;
using static TorchSharp.torch;
using AdaptiveInference.ML.Transforms.Budget;

namespace AdaptiveInference.ML.Training.Loop;

/// <summary>
/// Evaluates a network on the validation data, as scoring would: no augmentation, running batch-norm statistics, nothing drawn.
/// </summary>
internal sealed class ValidationLoop(GatedResNetModule network, GatedComputeFraction compute, IBatchSource images, Action checkAlive)
{
    /// <returns>Null when there is no validation data.</returns>
    public ValidationResult? Run(StagePlan stage)
    {
        if (images.Images == 0)
        {
            return null;
        }

        var totals = new EpochTotals();
        var budgets = stage.FirstBudget is null ? null : BudgetSandwich.OfEvaluation(compute.Always);
        ForEach(stage, budgets, (labels, pass) =>
        {
            var answers = Answers(pass);
            var crossEntropy = nn.functional.cross_entropy(answers[^1], labels, reduction: nn.Reduction.None);
            var sums = Sums(crossEntropy, answers[^1], labels, compute.FractionOf(pass.Gates, labels));
            totals.Add((int)labels.shape[0], sums[0], sums[1], sums[2]);
            totals.AddExits(Correct([.. answers.SkipLast(1)], labels));
        });
        var mean = totals.Mean;
        var exits = network.Plan.Spec.Exits.Count;
        return mean with
        {
            AccuracyOfHeads = (mean.Accuracy + (totals.CorrectAtExits / totals.Images)) / (exits + 1), MeanBudget = budgets?.Mean,
        };
    }

    /// <returns>What every head answers for the validation data; null when there is none.</returns>
    public ExitAnswers? EvaluateExits(StagePlan stage)
    {
        if (images.Images == 0)
        {
            return null;
        }

        var exits = network.Plan.Spec.Exits.Count;
        var confidence = Enumerable.Range(0, exits).Select(_ => new List<float>()).ToList();
        var correct = Enumerable.Range(0, exits).Select(_ => new List<bool>()).ToList();
        var last = new List<bool>();
        ForEach(stage, stage.FirstBudget is { } budget ? new BatchBudgets([budget]) : null, (labels, pass) =>
        {
            var answers = Answers(pass);
            for (var exit = 0; exit < exits; exit++)
            {
                var (largest, answer) = nn.functional.softmax(answers[exit], 1).max(1);
                confidence[exit].AddRange(largest.cpu().data<float>().ToArray());
                correct[exit].AddRange(answer.eq(labels).cpu().data<bool>().ToArray());
            }

            last.AddRange(answers[^1].argmax(1).eq(labels).cpu().data<bool>().ToArray());
        });
        return new ExitAnswers(confidence, correct, last);
    }

    /// <summary>Sums of cross-entropy, right answers and compute fractions, fetched from the device at once.</summary>
    public static float[] Sums(Tensor crossEntropy, Tensor logits, Tensor labels, Tensor fractions)
    {
        var correct = logits.argmax(1).eq(labels).to(ScalarType.Float32);
        return stack([crossEntropy, correct, fractions], 1).sum(dim: 0).cpu().data<float>().ToArray();
    }

    /// <summary>Number of right answers of each exit.</summary>
    public static IReadOnlyList<double> Correct(IReadOnlyList<Tensor> answers, Tensor labels)
        => answers.Count == 0
            ? []
            : [.. stack(answers.Select(answer => answer.argmax(1).eq(labels).sum())).cpu().data<long>().Select(number => (double)number)];

    private IReadOnlyList<Tensor> Answers(NetworkPass pass) => pass.Answers(network.Plan.Spec.AveragesHeads);

    private void ForEach(StagePlan stage, BatchBudgets? budgets, Action<Tensor, NetworkPass> read)
    {
        using var noGradient = torch.no_grad();
        network.eval();
        network.InBFloat16 = false;
        foreach (var batch in images.Plain())
        {
            checkAlive();
            using var scope = torch.NewDisposeScope();
            var input = batch.InputOn(network.Device).Told(budgets, network.Device);
            read(batch.LabelsOn(network.Device), network.Run(input, stage.EvaluationSampler));
        }
    }
}
