using AdaptiveInference.ML.Transforms.Budget;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Promises;

/// <summary>What every head answers for every calibration row under one setting of the gates, and where it falls short of the whole
/// network.</summary>
internal sealed class CalibrationAnswers
{
    /// <summary>Share of the loss that is whether an answer is an error.</summary>
    private const double ErrorWeight = 0.5;

    /// <summary>The gates' setting.</summary>
    public required ScoringPolicy Policy { get; init; }

    /// <summary>Compute fraction that evaluating each exit adds to the cost of an image that leaves at a later one.</summary>
    public required double[] ExitCost { get; init; }

    /// <summary>[exit][row]: largest class probability.</summary>
    public required double[][] Confidence { get; init; }

    /// <summary>[head][row]: compute fraction of a row that leaves there, without other heads that need not be evaluated.</summary>
    public required double[][] Cost { get; init; }

    /// <summary>What <see cref="ExitCost"/> is in multiply–accumulates, whatever the unit of costs; empty where nobody asks.</summary>
    public double[] ExitMacs { get; init; } = [];

    /// <summary>What <see cref="Cost"/> is in multiply–accumulates; empty where nobody asks.</summary>
    public double[][] Macs { get; init; } = [];

    /// <summary>[head][row]: whether the answer counts as an error.</summary>
    public required bool[][] Error { get; init; }

    /// <summary>[head][row]: 1 − the probability that the head gives its answer; 0 at the last head of the whole network.</summary>
    public required double[][] Doubt { get; init; }

    /// <summary>
    /// Some of the rows, as the search for exits' thresholds wants them. What an answer is worth is 1 − its loss: half whether it is an
    /// error, which few rows tell coarsely, and half its doubt, which every row tells a little of.
    /// </summary>
    public ComputeBudgetAnswers Of(int[] rows) => new()
    {
        Policy = Policy,
        ExitCost = ExitCost,
        Confidence = [.. Confidence.Select(all => Array.ConvertAll(rows, row => all[row]))],
        Cost = [.. Cost.Select(all => Array.ConvertAll(rows, row => all[row]))],
        CorrectProbability =
        [
            .. Error.Zip(Doubt, (errors, doubts) => Array.ConvertAll(
                rows, row => 1 - (ErrorWeight * (errors[row] ? 1 : 0)) - ((1 - ErrorWeight) * doubts[row]))),
        ],
    };

    /// <summary>Errors and mean compute fraction of some rows at thresholds of the exits.</summary>
    public (int Errors, double Fraction) Count(int[] rows, float[] thresholds) => Count(rows, thresholds, Cost, ExitCost);

    /// <summary>Mean multiply–accumulates, as a fraction of the whole network's.</summary>
    public double MeanMacs(int[] rows, float[] thresholds) => Count(rows, thresholds, Macs, ExitMacs).Fraction;

    private (int Errors, double Fraction) Count(int[] rows, float[] thresholds, double[][] costs, double[] exitCosts)
    {
        var (errors, fraction) = (0, 0.0);
        foreach (var row in rows)
        {
            var (head, exits) = (0, 0.0);
            for (; head < thresholds.Length && !ExitRule.Leaves(Confidence[head][row], thresholds[head]); head++)
            {
                exits += ExitRule.MayLeave(thresholds[head]) ? exitCosts[head] : 0;
            }

            errors += Error[head][row] ? 1 : 0;
            fraction += costs[head][row] + exits;
        }

        return (errors, fraction / rows.Length);
    }
}
