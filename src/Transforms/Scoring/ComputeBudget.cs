using AdaptiveInference.ML.Transforms.Inference;
using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Scoring;

/// <summary>
/// Searches the thresholds of gates and exits, together, under which images cost a given share of the network on average and are
/// classified best. No labels: see <see cref="ComputeBudgetAnswers"/> for what an answer is worth.
/// </summary>
/// <remarks>
/// Gates span a narrow range of compute and exits nearly all of it. So gates are tried at a handful of thresholds, and for each of them the
/// thresholds of all exits are computed from what every exit says about every image, which one run for each head tells.
/// </remarks>
internal static class ComputeBudget
{
    /// <summary>Distance from the budget, as a compute fraction, within which it counts as met.</summary>
    private const double Tolerance = 0.02;

    public static GatedResNetTransformer Find(GatedResNetTransformer transformer, IDataView data, double budget)
    {
        if (!(budget > 0 && double.IsFinite(budget)))
        {
            throw new ArgumentOutOfRangeException("computeFraction", $"Compute fraction must be above 0, got {budget}.");
        }

        var images = ComputeBudgetImages.Read(transformer, data);
        var hasGates = transformer.Blocks.Any(block => block.IsGated);
        return transformer.With(
            transformer.Model.Spec.Exits.Count == 0
                ? ComputeBudgetGates.Choose(images, transformer.Model.Policy, budget)
                : WithExits(images, transformer.Model.Policy, hasGates, budget));
    }

    /// <summary>The error of a budget that the network cannot meet.</summary>
    public static ArgumentOutOfRangeException OutOfReach(double budget, double least, double most) => new(
        "computeFraction",
        FormattableString.Invariant(
            $"Compute fraction {budget:0.###} is out of reach: on this data the network can run at {least:0.###} to {most:0.###}."));

    private static ScoringPolicy WithExits(ComputeBudgetImages images, ScoringPolicy policy, bool hasGates, double budget)
    {
        var (own, judge) = ComputeBudgetAnswers.Ask(images, policy, judge: null);
        var settings = hasGates ? ComputeBudgetGates.Settings(images, policy) : [];
        var all = settings.Select(setting => ComputeBudgetAnswers.Ask(images, setting, judge).Answers).Prepend(own).ToList();
        if (all.Min(answers => answers.Least) is var least && least > budget)
        {
            throw OutOfReach(budget, least, all.Max(answers => answers.Most));
        }

        var choices = all.Where(answers => answers.Least <= budget).Select(answers => ComputeBudgetExits.Choose(answers, budget)).ToList();
        var met = choices.Where(choice => choice.Fraction >= budget - Tolerance).ToList();
        var best = (met.Count > 0 ? met : choices).MaxBy(choice => choice.Worth)!;
        return best.Answers.Policy with { ExitConfidence = best.Thresholds };
    }
}
