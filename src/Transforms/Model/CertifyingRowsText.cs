using static AdaptiveInference.ML.Transforms.Model.ShareText;

namespace AdaptiveInference.ML.Transforms.Model;

/// <summary>How many rows a certificate takes, said to people.</summary>
internal static class CertifyingRowsText
{
    /// <summary>Whether so few rows certify nothing, not even where none of them is an error.</summary>
    public static bool AreTooFew(long rows, double rate, double confidence) => Math.Pow(1 - rate, rows) > 1 - confidence;

    /// <summary>The sentence that asks for more.</summary>
    /// <param name="needed">Calibration rows.</param>
    /// <param name="rows">Rows that certified.</param>
    /// <param name="rate">What was allowed.</param>
    /// <param name="confidence">How sure it was to be.</param>
    public static string Advice(long needed, long rows, double rate, double confidence) => AreTooFew(rows, rate, confidence)
        ? $"Give at least {Count(needed)} calibration rows, two thirds of which certify; so many are enough where none is an error."
        : $"Give about {Count(needed)} calibration rows, by a rough estimate; two thirds of them certify.";
}
