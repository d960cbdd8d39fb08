using AdaptiveInference.ML.Transforms.Budget;

namespace AdaptiveInference.ML.Transforms.Promises;

/// <summary>Settings of gates and exits from careful to bold, chosen by rows that do not certify.</summary>
internal sealed class SettingsByCaution
{
    /// <summary>Prices of compute that are tried, in loss per compute fraction: from one at which next to nothing is risked.</summary>
    private const int Prices = 48;
    private const double LowestPrice = 1e-5;
    private const double HighestPrice = 10;

    private SettingsByCaution(IReadOnlyList<Step> steps) => Steps = steps;

    /// <summary>From careful to bold: each costs less on the choosing rows than the one before.</summary>
    public IReadOnlyList<Step> Steps { get; }

    /// <summary>The Pareto front of expected loss and compute, over all settings of the gates together.</summary>
    /// <param name="settings">What the heads answer, for each setting of the gates.</param>
    /// <param name="whole">Number of the setting with every gate open.</param>
    /// <param name="choosing">Numbers of the rows that choose.</param>
    public static SettingsByCaution Of(IReadOnlyList<CalibrationAnswers> settings, int whole, int[] choosing)
    {
        var candidates = new List<(Step Step, double Loss, double Fraction)>();
        for (var setting = 0; setting < settings.Count; setting++)
        {
            var answers = settings[setting].Of(choosing);
            var orders = ExitThresholdsForBudget.Orders(answers);
            for (var i = 0; i < (answers.Exits == 0 ? 1 : Prices); i++)
            {
                var price = LowestPrice * Math.Pow(HighestPrice / LowestPrice, i / (Prices - 1.0));
                var best = ExitThresholdsForBudget.Best(answers, orders, price);
                candidates.Add((new Step(setting, best.Thresholds), 1 - best.ExpectedAccuracy, best.Fraction));
            }
        }

        // What does not cost less than the whole network is no saving, and the whole network needs no certificate.
        var never = Enumerable.Repeat(1f, settings[whole].ExitCost.Length).ToArray();
        var least = settings[whole].Count(choosing, never).Fraction;
        var steps = new List<Step>();
        foreach (var (step, _, fraction) in candidates.OrderBy(candidate => candidate.Loss).ThenBy(candidate => candidate.Fraction))
        {
            if (fraction < least - 1e-9)
            {
                steps.Add(step);
                least = fraction;
            }
        }

        return new SettingsByCaution(steps);
    }

    /// <summary>
    /// Walks the path on rows that had no say in it and stops before the first setting that fails (fixed-sequence testing: the chance of
    /// passing one whose errors are too frequent is at most 1 − confidence, however long the path is).
    /// </summary>
    /// <param name="settings">What the heads answer.</param>
    /// <param name="certifying">Numbers of the rows that certify.</param>
    /// <param name="allowed">The most errors with which a setting passes.</param>
    /// <returns>Number of the boldest setting that passes, −1 for none, and the errors of the first.</returns>
    public (int Boldest, int FirstErrors) Walk(IReadOnlyList<CalibrationAnswers> settings, int[] certifying, long allowed)
    {
        var (boldest, firstErrors) = (-1, 0);
        for (var i = 0; i < Steps.Count; i++)
        {
            var errors = settings[Steps[i].Setting].Count(certifying, Steps[i].Thresholds).Errors;
            firstErrors = i == 0 ? errors : firstErrors;
            if (errors > allowed)
            {
                break;
            }

            boldest = i;
        }

        return (boldest, firstErrors);
    }

    /// <summary>One setting.</summary>
    /// <param name="Setting">Number of the gates' setting.</param>
    /// <param name="Thresholds">Of the exits.</param>
    public sealed record Step(int Setting, float[] Thresholds);
}
