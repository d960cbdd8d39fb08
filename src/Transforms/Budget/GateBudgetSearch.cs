using System.Numerics.Tensors;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Budget;

/// <summary>
/// What to tell gates that are told a budget, and at which threshold to take their word. They aim for it on data like that of training,
/// with noise that scoring does not have: only running shows what is spent.
/// </summary>
internal static class GateBudgetSearch
{
    /// <summary>Runs at most for each threshold, besides the first: half as many do where what is spent grows as what is told.</summary>
    private const int Runs = 10;

    /// <summary>Compute fraction below the budget that is near enough.</summary>
    private const double NearEnough = 0.003;

    /// <summary>Thresholds that are tried: the network's own rule, which training is by, and one to either side.</summary>
    private static readonly float?[] Thresholds = [null, 0.35f, 0.65f];

    /// <summary>Settings to try beside exits: they span the rest of the dial.</summary>
    private static readonly (float Budget, float? Threshold)[] BesideExits =
        [(0.8f, null), (0.6f, null), (0.4f, null), (0.4f, Thresholds[1]), (0.4f, Thresholds[2]), (0.25f, null)];

    /// <summary>
    /// The setting that is expected to be the most accurate of those whose mean compute fraction comes near to the budget from below, one
    /// for each threshold that is tried. An answer is right if it is the label; without
    /// labels it is expected to be right with the probability that the whole network gives it.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public static ScoringPolicy Choose(ComputeBudgetImages images, ScoringPolicy policy, double budget)
    {
        var whole = Whole(policy);
        var probabilities = new float[images.Count][];
        var open = Measure(images, whole, (image, answers) =>
        {
            probabilities[image] = [.. answers];
            return 0;
        });
        if (open.Fraction <= budget)
        {
            return whole;
        }

        double Expected(int image, float[] answers)
        {
            var answer = TensorPrimitives.IndexOfMax<float>(answers);
            return images.Labels is { } labels ? (labels[image] == answer ? 1 : 0) : probabilities[image][answer];
        }

        Measurement? best = null;
        foreach (var threshold in Thresholds)
        {
            var found = Nearest(images, policy with { GateThreshold = threshold }, budget, open.Fraction, Expected);
            best = found is not null && (best is null || found.ExpectedAccuracy > best.ExpectedAccuracy) ? found : best;
        }

        return best?.Policy ?? GateThresholdForBudget.ByThreshold(images, policy with { Budget = 0 }, budget);
    }

    /// <summary>Settings to try beside exits: all gates open, and budgets over the rest of the dial.</summary>
    public static IEnumerable<ScoringPolicy> Settings(ScoringPolicy policy)
        => BesideExits.Select(setting => policy with { Budget = setting.Budget, GateThreshold = setting.Threshold }).Prepend(Whole(policy));

    private static ScoringPolicy Whole(ScoringPolicy policy) => policy with { Budget = 1, GateThreshold = null };

    // Null where even gates that are told nothing may be spent spend more.
    private static Measurement? Nearest(
        ComputeBudgetImages images, ScoringPolicy policy, double budget, double most, Func<int, float[], double> expected)
    {
        var best = Measure(images, policy with { Budget = 0 }, expected);
        if (best.Fraction > budget)
        {
            return null;
        }

        var (low, high, spentHigh) = (0f, 1f, most);
        for (var run = 0; run < Runs && budget - best.Fraction > NearEnough && MathF.BitIncrement(low) < high; run++)
        {
            // Along the chord between the runs to either side; every other time by bisection, should the curve be bent.
            var part = run % 2 == 0 ? (budget - best.Fraction) / Math.Max(1e-9, spentHigh - best.Fraction) : 0.5;
            var guess = (float)(low + ((high - low) * part));
            var told = Measure(images, policy with { Budget = guess > low && guess < high ? guess : (low + high) / 2 }, expected);
            if (told.Fraction <= budget)
            {
                (best, low) = (told, told.Policy.Budget!.Value);
            }
            else
            {
                (spentHigh, high) = (told.Fraction, told.Policy.Budget!.Value);
            }
        }

        return best;
    }

    private static Measurement Measure(ComputeBudgetImages images, ScoringPolicy policy, Func<int, float[], double> expected)
    {
        var setting = policy with { ExitConfidence = [] };
        var (fractions, accuracies) = (new double[images.Count], new double[images.Count]);
        images.Run(setting, (image, answers, trace) =>
        {
            fractions[image] = images.Unit.FractionOf(images.Plan.Blocks, setting, trace);
            accuracies[image] = expected(image, answers);
        });
        return new Measurement(policy, fractions.Average(), accuracies.Average());
    }

    /// <summary>What a run showed.</summary>
    /// <param name="Policy">The setting.</param>
    /// <param name="Fraction">Mean compute fraction.</param>
    /// <param name="ExpectedAccuracy">Mean of the probabilities that the whole network gives the answers.</param>
    private sealed record Measurement(ScoringPolicy Policy, double Fraction, double ExpectedAccuracy);
}
