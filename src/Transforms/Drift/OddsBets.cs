namespace AdaptiveInference.ML.Transforms.Drift;

/// <summary>
/// Bets against a rate of disagreements (Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", JRSS B 2024).
/// A gambler who believes that the odds of a disagreement are r times those that the rate m says multiplies his wealth with every row by
/// r ÷ (1 + m(r − 1)) where the answers differ, and by 1 ÷ (1 + m(r − 1)) where not. In the paper's terms it is the bet
/// λ = (r − 1) ÷ (1 + m(r − 1)) on x − m. For r above 1 his wealth is a supermartingale wherever the rate is at most m, so that by Ville's
/// inequality it ever reaches 1 ÷ α with a probability of at most α; for r below 1 the same holds of rates of at least m. His wealth is
/// divided over several r, because nobody knows the true one.
/// </summary>
/// <remarks>
/// Odds and not λ, for two reasons. The wealth after n rows with s disagreements is r^s ÷ (1 + m(r − 1))^n: whatever order they came in,
/// and monotonic in m, so that bounds follow by bisection. And it stays valid where the rate changes: by concavity of the logarithm
/// (1 + m(r − 1))^n, with m the mean of the rates, is at least the product over the rates, and what is divided by that is a martingale.
/// </remarks>
internal static class OddsBets
{
    /// <summary>Number of odds ratios in one direction.</summary>
    public const int Count = 8;

    /// <summary>
    /// Logarithms of the odds ratios 16, 4, 2, √2 … to 1.02: halved each time, so that whatever the true ratio is, one of them wins most of
    /// what could be won, and rates a few per cent off are found in the end.
    /// </summary>
    public static double LogRatio(int bet) => 4 * Math.Log(2) / (1 << bet);

    /// <summary>Logarithm of the wealth that a row multiplies by where the answers agree; a disagreement adds the log odds ratio.</summary>
    /// <param name="logRatio">Logarithm of the odds ratio.</param>
    /// <param name="rate">The rate that is bet against, 0 to 1.</param>
    public static double LogAgreement(double logRatio, double rate) => -Math.Log(1 + (rate * (Math.Exp(logRatio) - 1)));

    /// <summary>ln(e^a + e^b).</summary>
    public static double LogAdd(double a, double b)
    {
        var (larger, smaller) = a > b ? (a, b) : (b, a);
        return double.IsNegativeInfinity(smaller) ? larger : larger + Math.Log(1 + Math.Exp(smaller - larger));
    }
}
