namespace AdaptiveInference.ML.Transforms.Drift;

/// <summary>
/// A confidence sequence for the mean rate of disagreements: the rates that no gambler of <see cref="OddsBets"/> has won against.
/// </summary>
internal static class DisagreementRateBounds
{
    // Each halves an interval of length 1: to the last bit of what is printed, and far beyond.
    private const int Halvings = 50;

    /// <summary>The interval after some rows. It holds at all times together with the probability of the confidence.</summary>
    /// <param name="rows">Rows compared.</param>
    /// <param name="disagreements">How many of them differ.</param>
    /// <param name="confidence">Of both ends together; each end has half of the error.</param>
    public static (double Lower, double Upper) Of(long rows, long disagreements, double confidence)
    {
        var needed = Math.Log(2 / (1 - confidence));
        return (Lower(rows, disagreements, needed), Upper(rows, disagreements, needed));
    }

    /// <summary>Logarithm of the wealth of gamblers who share 1 and bet against a rate.</summary>
    /// <param name="rows">Rows compared.</param>
    /// <param name="disagreements">How many of them differ.</param>
    /// <param name="rate">The rate that they bet against.</param>
    /// <param name="sign">1 for those who believe in a higher rate, −1 for those who believe in a lower one.</param>
    public static double LogWealth(long rows, long disagreements, double rate, int sign)
    {
        var sum = double.NegativeInfinity;
        for (var bet = 0; bet < OddsBets.Count; bet++)
        {
            var ratio = sign * OddsBets.LogRatio(bet);
            sum = OddsBets.LogAdd(sum, (disagreements * ratio) + (rows * OddsBets.LogAgreement(ratio, rate)));
        }

        return sum - Math.Log(OddsBets.Count);
    }

    // Wealth of those who believe in more falls with the rate that they bet against.
    private static double Lower(long rows, long disagreements, double needed)
    {
        var (refuted, possible) = (0.0, 1.0);
        for (var step = 0; step < Halvings && LogWealth(rows, disagreements, 0, 1) >= needed; step++)
        {
            var middle = (refuted + possible) / 2;
            (refuted, possible) = LogWealth(rows, disagreements, middle, 1) >= needed ? (middle, possible) : (refuted, middle);
        }

        return refuted;
    }

    private static double Upper(long rows, long disagreements, double needed)
    {
        var (possible, refuted) = (0.0, 1.0);
        for (var step = 0; step < Halvings && LogWealth(rows, disagreements, 1, -1) >= needed; step++)
        {
            var middle = (possible + refuted) / 2;
            (possible, refuted) = LogWealth(rows, disagreements, middle, -1) >= needed ? (possible, middle) : (middle, refuted);
        }

        return refuted;
    }
}
