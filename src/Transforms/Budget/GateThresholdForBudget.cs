using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Budget;

/// <summary>
/// Thresholds of gates. A higher threshold closes more of them, but what the others then see changes too: only running shows. Of gates that
/// are told a budget this is what remains below the least that they can be told: see <see cref="GateBudgetSearch"/>.
/// </summary>
internal static class GateThresholdForBudget
{
    /// <summary>
    /// Runs at most: a few, because the probabilities that gates gave at one threshold tell nearly what another one costs.
    /// </summary>
    private const int Runs = 12;

    /// <summary>Compute fraction below the budget that is near enough.</summary>
    private const double NearEnough = 0.003;

    /// <summary>Shares of the gates' probabilities that lie below the thresholds tried beside exits.</summary>
    private static readonly double[] Shares = [0.1, 0.3, 0.5, 0.7, 0.9];

    /// <summary>The setting whose mean compute fraction comes nearest to the budget from below.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public static ScoringPolicy Choose(ComputeBudgetImages images, ScoringPolicy policy, double budget)
        => policy.Budget is null ? ByThreshold(images, policy, budget) : GateBudgetSearch.Choose(images, policy, budget);

    /// <summary>The same at the budget that gates are told, if they are.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public static ScoringPolicy ByThreshold(ComputeBudgetImages images, ScoringPolicy policy, double budget)
    {
        var (open, shut) = (Measure(images, policy, 0), Measure(images, policy, 1));
        if (open.Fraction <= budget)
        {
            return open.Policy;
        }

        if (shut.Fraction > budget)
        {
            throw images.Unit.OutOfReach(budget, shut.Fraction, open.Fraction);
        }

        var (low, high, best, nearest) = (0f, 1f, shut, shut);
        for (var run = 0; run < Runs && budget - best.Fraction > NearEnough && MathF.BitIncrement(low) < high; run++)
        {
            // By interpolation from the last run; every other time by bisection, should the probabilities mislead.
            var guess = run % 2 == 0 ? Quantile(nearest, budget) : (low + high) / 2;
            nearest = Measure(images, policy, guess > low && guess < high ? guess : (low + high) / 2);
            if (nearest.Fraction <= budget)
            {
                (best, high) = (nearest, nearest.Policy.GateThreshold!.Value);
            }
            else
            {
                low = nearest.Policy.GateThreshold!.Value;
            }
        }

        return best.Policy;
    }

    /// <summary>Settings to try beside exits: all gates open, and thresholds spread over the probabilities that the gates give.</summary>
    public static IEnumerable<ScoringPolicy> Settings(ComputeBudgetImages images, ScoringPolicy policy)
    {
        if (policy.Budget is not null)
        {
            return GateBudgetSearch.Settings(policy);
        }

        var own = Measure(images, policy, policy.GateThreshold is 0 ? null : policy.GateThreshold);
        return Shares.Select(share => own.Share(share))
            .Prepend(0f).Distinct().Select(threshold => policy with { GateThreshold = threshold });
    }

    // The threshold that leaves the share of open gates that the budget is of what these gates would spend if all were open.
    private static float Quantile(Measurement measured, double budget)
    {
        var (least, most) = (measured.Always, measured.Always + measured.Gated);
        return measured.Share(1 - Math.Clamp((budget - least) / (most - least), 0, 1));
    }

    private static Measurement Measure(ComputeBudgetImages images, ScoringPolicy policy, float? threshold)
    {
        var setting = policy with { GateThreshold = threshold, ExitConfidence = [] };
        var cost = images.Unit.Table;
        var gated = images.Plan.Blocks.Blocks.Where(block => block.IsGated).Select(block => block.Index).ToArray();
        var (fractions, probabilities) = (new double[images.Count], new float[images.Count * gated.Length]);
        images.Run(setting, (image, _, trace) =>
        {
            fractions[image] = images.Unit.FractionOf(images.Plan.Blocks, setting, trace);
            for (var gate = 0; gate < gated.Length; gate++)
            {
                probabilities[(image * gated.Length) + gate] = trace.GateProbability[gated[gate]];
            }
        });
        var given = probabilities.Where(probability => !float.IsNaN(probability)).Order().ToArray();
        var bodies = gated.Sum(block => cost.Blocks[block].Body);
        var gates = gated.Sum(block => cost.Blocks[block].Gate);
        return new Measurement(
            policy with { GateThreshold = threshold }, fractions.Average(), given,
            (cost.Full - bodies + gates) / cost.Full, bodies / cost.Full);
    }

    /// <summary>What a run showed.</summary>
    /// <param name="Policy">The setting.</param>
    /// <param name="Fraction">Mean compute fraction.</param>
    /// <param name="Probabilities">All that the gates gave, increasing.</param>
    /// <param name="Always">Compute fraction with all gates shut.</param>
    /// <param name="Gated">Compute fraction that gates decide about.</param>
    private sealed record Measurement(ScoringPolicy Policy, double Fraction, float[] Probabilities, double Always, double Gated)
    {
        /// <summary>The probability that a share of all lies below.</summary>
        public float Share(double share)
            => Probabilities is [] ? 0 : Math.Clamp(Probabilities[(int)((Probabilities.Length - 1) * share)], 0, 1);
    }
}
