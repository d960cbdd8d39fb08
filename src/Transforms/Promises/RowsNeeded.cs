using AdaptiveInference.ML.Transforms.Statistics;

namespace AdaptiveInference.ML.Transforms.Promises;

/// <summary>About how many calibration rows would certify, those that choose among them.</summary>
internal static class RowsNeeded
{
    // How seldom chance may show so many errors, for it to be said that no number of rows would do.
    private const double BeyondDoubt = 0.001;

    // Nearer to what is allowed the number grows without bound, and says no more than "many".
    private const double NearestShare = 0.9;

    /// <summary>How many; 0 for none, where errors are more frequent than is allowed beyond doubt.</summary>
    /// <param name="errors">Errors of the most careful setting.</param>
    /// <param name="rows">Rows of which these are.</param>
    /// <param name="rate">What was allowed.</param>
    /// <param name="seldom">1 − confidence.</param>
    /// <param name="isTooFew">
    /// Whether not even rows without errors would have been enough: then the share of errors says nothing, and the number is the least that
    /// can be.
    /// </param>
    /// <param name="coverage">Share of the rows that count.</param>
    public static long Of(long errors, long rows, double rate, double seldom, bool isTooFew, double coverage = 1)
    {
        if (errors > 0 && 1 - BinomialBound.AtMost(errors - 1, rows, rate) <= BeyondDoubt)
        {
            return 0;
        }

        var least = BinomialBound.RowsWithoutErrors(rate, seldom);
        if (isTooFew)
        {
            return WithThoseThatChoose(least);
        }

        // As many imagined rows as are enough without errors, half as often wrong as is allowed, keep the share of a few rows from jumping.
        var share = Math.Min((errors + (least * rate / 2)) / (rows + (double)least), NearestShare * rate);
        var certifying = Math.Max(BinomialBound.RowsNeeded(share, rate, seldom) ?? 0, rows + 1);
        return Rounded(Math.Ceiling(WithThoseThatChoose(certifying) / coverage));
    }

    private static long WithThoseThatChoose(long certifying)
        => certifying + ((certifying + CalibrationSplit.Groups - 2) / (CalibrationSplit.Groups - 1));

    // Up, to two digits: more would claim to be known.
    private static long Rounded(double rows)
    {
        var unit = Math.Pow(10, Math.Max(0, Math.Floor(Math.Log10(rows)) - 1));
        return (long)(Math.Ceiling(rows / unit) * unit);
    }
}
