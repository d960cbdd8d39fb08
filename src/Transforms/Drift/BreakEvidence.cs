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

    /// <summary>Rows of which the reserve is about halved; it falls as slowly as a logarithm, so that late breaks have a stake too.</summary>
    private const double ReserveRows = 1000;

    private readonly double[] _disagreement = new double[OddsBets.Count];
    private readonly double[] _agreement = new double[OddsBets.Count];
    private readonly double[] _log;

    /// <summary>Nothing is known yet.</summary>
    /// <param name="allowedRate">What is bet against.</param>
    public BreakEvidence(double allowedRate)
        : this(allowedRate, rows: 0, [.. Enumerable.Repeat(Math.Log(FirstStake), OddsBets.Count)], largest: 0)
    {
    }

    /// <summary>Goes on where it stopped.</summary>
    /// <param name="allowedRate">What is bet against.</param>
    /// <param name="rows">Rows so far.</param>
    /// <param name="logBets">Logarithm of the wealth of each bet.</param>
    /// <param name="largest">Logarithm of the largest total so far.</param>
    public BreakEvidence(double allowedRate, long rows, ReadOnlySpan<double> logBets, double largest)
    {
        for (var bet = 0; bet < OddsBets.Count; bet++)
        {
            var ratio = OddsBets.LogRatio(bet);
            _agreement[bet] = OddsBets.LogAgreement(ratio, allowedRate);
            _disagreement[bet] = ratio + _agreement[bet];
        }

        _log = logBets.ToArray();
        Rows = rows;
        Largest = largest;
        Log = Total();
    }

    public long Rows { get; private set; }

    /// <summary>Logarithm of the total now: above 0 those who bet on a break are ahead.</summary>
    public double Log { get; private set; }

    /// <summary>Logarithm of the largest total so far.</summary>
    public double Largest { get; private set; }

    /// <summary>Logarithm of the wealth of each bet, for all beginnings so far together.</summary>
    public ReadOnlySpan<double> LogBets => _log;

    /// <summary>Takes the next row in.</summary>
    public void Add(bool disagrees)
    {
        var stake = Math.Log(Math.Max(0, Reserve(Rows) - Reserve(Rows + 1)));
        Rows++;
        var factors = disagrees ? _disagreement : _agreement;
        for (var bet = 0; bet < OddsBets.Count; bet++)
        {
            _log[bet] = OddsBets.LogAdd(_log[bet], stake) + factors[bet];
        }

        Log = Total();
        Largest = Math.Max(Largest, Log);
    }

    // What has not been bet yet.
    private static double Reserve(long rows) => (1 - FirstStake) / (1 + Math.Log(1 + (rows / ReserveRows)));

    private double Total()
    {
        var sum = double.NegativeInfinity;
        foreach (var log in _log)
        {
            sum = OddsBets.LogAdd(sum, log);
        }

        return OddsBets.LogAdd(Math.Log(Reserve(Rows)), sum - Math.Log(OddsBets.Count));
    }
}
