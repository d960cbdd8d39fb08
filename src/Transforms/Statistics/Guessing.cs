using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Statistics;

/// <summary>
/// Whether answers are right clearly more often than blind guesses. Labels that are shifted, shuffled or of other classes than the
/// network's leave it no better, and a drop below it would then be certified of nothing.
/// </summary>
internal static class Guessing
{
    /// <summary>How seldom guesses may pass for answers.</summary>
    private const double Seldom = 0.01;

    /// <summary>Whether it is beaten, by the exact binomial tail; of rows too few to certify anything, by their share.</summary>
    /// <param name="right">Rows that are answered rightly.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="classes">Classes, one of which is guessed.</param>
    /// <param name="rate">What is to be certified.</param>
    /// <param name="confidence">How sure it is to be.</param>
    public static bool IsBeaten(long right, long rows, int classes, double rate, double confidence)
        => IsBeaten(right, rows, classes, CertifyingRowsText.AreTooFew(rows, rate, confidence));

    /// <summary>The same, where somebody else knows whether the rows are too few for a test.</summary>
    public static bool IsBeaten(long right, long rows, int classes, bool isTooFew)
        => right * (double)classes > rows && (isTooFew || 1 - BinomialBound.AtMost(right - 1, rows, 1.0 / classes) <= Seldom);
}
