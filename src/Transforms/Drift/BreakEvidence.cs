namespace AdaptiveInference.ML.Transforms.Drift;

/// <summary>
/// A test martingale against "the rate has always been at most what is allowed" that forgets nothing and yet notices a late break: half of
/// the stake is bet from the first row on, and the rest is kept to be bet from later rows on, a little from each.
/// </summary>
/// <remarks>
/// Whoever bets from the first row has lost nearly everything when a good stream turns bad after a million rows, and would have to win it
/// back first. Bets that begin later lose nothing before. The stakes of all beginnings sum to 1 (a mixture over the time of change, as in
/// Shiryaev and Roberts' procedure, but with a stake that is limited), so that the total is a supermartingale that starts at 1, and Ville's
/// inequality bounds false alarms over the whole stream.
/// </remarks>
internal sealed class BreakEvidence
{
    /// <summary>Share of the stake that is bet from the first row on.</summary>
    private const double FirstStake = 0.5;

    /// <summary>
    /// Rows of which the reserve is about halved; it falls as slowly as a logarithm, so that late breaks have a stake too.
    /// </summary>
    private const double ReserveRows = 1000;

    /// <summary>Wealth is not counted further: far beyond any confidence, and far from overflow.</summary>
    public const double Ceiling = 1e300;

    private readonly double[] _disagreement = new double[OddsBets.Count];
    private readonly double[] _agreement = new double[OddsBets.Count];
    private readonly double[] _bets;

    /// <summary>Nothing is known yet.</summary>
    /// <param name="allowedRate">What is bet against.</param>
    public BreakEvidence(double allowedRate)
        : this(allowedRate, rows: 0, [.. Enumerable.Repeat(FirstStake, OddsBets.Count)], largest: 1)
    {
    }

    /// <summary>Goes on where it stopped.</summary>
    /// <param name="allowedRate">What is bet against.</param>
    /// <param name="rows">Rows so far.</param>
    /// <param name="bets">Wealth of each bet.</param>
    /// <param name="largest">The largest total so far.</param>
    public BreakEvidence(double allowedRate, long rows, ReadOnlySpan<double> bets, double largest)
    {
        for (var bet = 0; bet < OddsBets.Count; bet++)
        {
            var ratio = OddsBets.LogRatio(bet);
            _agreement[bet] = Math.Exp(OddsBets.LogAgreement(ratio, allowedRate));
            _disagreement[bet] = Math.Exp(ratio) * _agreement[bet];
        }

        _bets = bets.ToArray();
        Rows = rows;
        Largest = largest;
        Total = Reserve(Rows) + _bets.Average();
    }

    /// <summary>Whether nothing has been won or lost yet.</summary>
    public bool IsAtStart => Largest == 1 && Array.TrueForAll(_bets, bet => bet == FirstStake);

    public long Rows { get; private set; }

    /// <summary>What 1 has become: above it those who bet on a break are ahead.</summary>
    public double Total { get; private set; }

    /// <summary>The largest total so far, at least 1.</summary>
    public double Largest { get; private set; }

    /// <summary>Wealth of each bet, for all beginnings so far together.</summary>
    public ReadOnlySpan<double> Bets => _bets;

    /// <summary>Takes the next row in.</summary>
    public void Add(bool disagrees)
    {
        var stake = Math.Max(0, Reserve(Rows) - Reserve(Rows + 1));
        Rows++;
        var (factors, sum) = (disagrees ? _disagreement : _agreement, 0.0);
        for (var bet = 0; bet < OddsBets.Count; bet++)
        {
            _bets[bet] = Math.Min((_bets[bet] + stake) * factors[bet], Ceiling);
            sum += _bets[bet];
        }

        Total = Reserve(Rows) + (sum / OddsBets.Count);
        Largest = Math.Max(Largest, Total);
    }

    // What has not been bet yet.
    private static double Reserve(long rows) => (1 - FirstStake) / (1 + Math.Log(1 + (rows / ReserveRows)));
}
