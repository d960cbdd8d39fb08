namespace AdaptiveInference.ML.Transforms.Statistics;

/// <summary>
/// Exact lower tails of the binomial distribution: how probable it is that so few errors happen by chance. No normal approximation, and no
/// differences of log-gamma functions, which lose five digits at 100,000 rows.
/// </summary>
/// <remarks>
/// Terms are summed as multiples of the largest by their recurrence, and divided by the sum of all. Each product carries its rounding error
/// along (a fused multiply–add gives it exactly), so that thousands of steps lose nothing: 1e-12 relative for results above 1e-300.
/// </remarks>
internal static class BinomialBound
{
    /// <summary>Terms below this share of the sum so far, and falling, are left out.</summary>
    private const double Negligible = 1e-30;

    /// <summary>More rows than anybody has.</summary>
    private const long MostRows = 1_000_000_000_000;

    /// <summary>Steps of bisection that use up the digits of a probability.</summary>
    private const int Halvings = 100;

    /// <summary>P(X ≤ <paramref name="errors"/>) for a binomial X of <paramref name="rows"/> trials.</summary>
    /// <param name="errors">0 or more.</param>
    /// <param name="rows">0 or more.</param>
    /// <param name="rate">Probability of an error, 0 to 1.</param>
    public static double AtMost(long errors, long rows, double rate)
    {
        if (errors >= rows || rate <= 0)
        {
            return 1;
        }

        if (rate >= 1)
        {
            return 0;
        }

        var odds = Product.Odds(rate);
        var mode = Math.Min((long)((rows + 1) * rate), rows);
        double below = 0, above = 0;

        // Downwards from the most probable number of errors, then upwards: each term from the one before.
        var term = Product.One;
        for (var k = mode; k >= 0; k--)
        {
            Count(k, term.Corrected);
            if (k == 0 || (term.Value < Negligible * (k < errors ? below : below + above) && k < errors))
            {
                break;
            }

            term = term.Times(k).Over(rows - k + 1).Over(odds);
        }

        term = Product.One;
        for (var k = mode; k < rows; k++)
        {
            term = term.Times(rows - k).Over(k + 1).Times(odds);
            if (term.Value < Negligible * (k + 1 > errors ? above : below) && k + 1 > errors)
            {
                break;
            }

            Count(k + 1, term.Corrected);
        }

        return below / (below + above);

        void Count(long k, double value)
        {
            if (k <= errors)
            {
                below += value;
            }
            else
            {
                above += value;
            }
        }
    }

    /// <summary>The most errors that are still so few that chance alone would seldom show them at a rate; −1 when none are.</summary>
    /// <param name="rows">Rows seen.</param>
    /// <param name="rate">The rate that is to be ruled out.</param>
    /// <param name="seldom">Largest probability of it: 1 − confidence.</param>
    public static long Allowed(long rows, double rate, double seldom)
    {
        long none = -1, tooMany = Math.Min(rows, (long)(rows * rate) + 1);
        while (tooMany - none > 1)
        {
            var middle = none + ((tooMany - none) / 2);
            (none, tooMany) = AtMost(middle, rows, rate) <= seldom ? (middle, tooMany) : (none, middle);
        }

        return none;
    }

    /// <summary>
    /// The largest rate under which so few errors are not yet seldom (Clopper and Pearson, one-sided): with this confidence, the true rate
    /// is not above it. 1 when there are no rows.
    /// </summary>
    public static double UpperBound(long errors, long rows, double confidence)
    {
        if (errors >= rows)
        {
            return 1;
        }

        double low = (double)errors / rows, high = 1;
        for (var step = 0; step < Halvings && low < high; step++)
        {
            var middle = low + ((high - low) / 2);
            if (middle <= low || middle >= high)
            {
                break;
            }

            (low, high) = AtMost(errors, rows, middle) > 1 - confidence ? (middle, high) : (low, middle);
        }

        return high;
    }

    /// <summary>The fewest rows without an error that rule out a rate: (1 − rate)^rows ≤ seldom.</summary>
    public static long RowsWithoutErrors(double rate, double seldom)
        => (long)Math.Clamp(Math.Ceiling(Math.Log(seldom) / LogWithout(rate)), 1, MostRows);

    // Of 1 − rate, where that itself would lose the digits of a small rate.
    private static double LogWithout(double rate)
        => rate < 1e-4 ? -rate * (1 + (rate / 2) + (rate * rate / 3)) : Math.Log(1 - rate);

    /// <summary>
    /// The fewest rows with which a share of errors would rule out a rate; null when none would, because the share is no lower.
    /// </summary>
    /// <param name="share">Errors among the rows.</param>
    /// <param name="rate">The rate that is to be ruled out.</param>
    /// <param name="seldom">1 − confidence.</param>
    public static long? RowsNeeded(double share, double rate, double seldom)
    {
        if (share >= rate)
        {
            return null;
        }

        var least = RowsWithoutErrors(rate, seldom);
        if (share <= 0 || least == MostRows)
        {
            return least;
        }

        long low = least - 1, high = least;
        while (!Suffices(high))
        {
            (low, high) = (high, high * 2);
            if (high > MostRows)
            {
                return null;
            }
        }

        while (high - low > 1)
        {
            var middle = low + ((high - low) / 2);
            (low, high) = Suffices(middle) ? (low, middle) : (middle, high);
        }

        return high;

        bool Suffices(long rows) => AtMost((long)Math.Ceiling(share * rows), rows, rate) <= seldom;
    }

    /// <summary>A positive number with what its rounding left out, as a share of it.</summary>
    private readonly record struct Product(double Value, double Error)
    {
        public static Product One { get; } = new(1, 0);

        public double Corrected => Value * (1 + Error);

        /// <summary>p ÷ (1 − p).</summary>
        public static Product Odds(double rate)
        {
            var rest = 1 - rate;
            var left = (1 - rest) - rate;
            return new Product(rate, 0).Over(new Product(rest, left / rest));
        }

        public Product Times(double factor)
        {
            var value = Value * factor;
            return new Product(value, Error + (value > 0 ? Math.FusedMultiplyAdd(Value, factor, -value) / value : 0));
        }

        public Product Times(Product factor)
        {
            var product = Times(factor.Value);
            return product with { Error = product.Error + factor.Error };
        }

        public Product Over(double divisor)
        {
            var value = Value / divisor;
            return new Product(value, Error - (value > 0 ? Math.FusedMultiplyAdd(value, divisor, -Value) / Value : 0));
        }

        public Product Over(Product divisor)
        {
            var quotient = Over(divisor.Value);
            return quotient with { Error = quotient.Error - divisor.Error };
        }
    }
}
