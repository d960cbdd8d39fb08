using System.Globalization;

namespace AdaptiveInference.ML.Transforms.Model;

/// <summary>Shares and counts in sentences, the same in every culture.</summary>
internal static class ShareText
{
    // Digits behind the point that a format can be trusted with.
    private const int MostDigits = 12;

    /// <summary>A share in percent, with more digits where it would be rounded to 0 or 100 and is neither.</summary>
    /// <param name="share">0 to 1, or more.</param>
    /// <param name="format">Its usual digits.</param>
    public static string Percent(double share, string format = "0.###")
    {
        var (value, least) = (share * 100, format.Length);
        for (; format.Length < least + MostDigits; format += "#")
        {
            var text = value.ToString(format, CultureInfo.InvariantCulture);
            if (share is <= 0 or >= 1 || double.Parse(text, CultureInfo.InvariantCulture) is > 0 and < 100)
            {
                return text;
            }
        }

        return value.ToString("R", CultureInfo.InvariantCulture);
    }

    /// <summary>A drop of accuracy: 1 point, 0.5 points.</summary>
    public static string Points(double drop) => Percent(drop) is var text && text == "1" ? "1 point" : $"{text} points";

    /// <summary>a, b and c.</summary>
    /// <param name="things">At least one.</param>
    public static string All(IReadOnlyList<string> things)
        => things.Count == 1 ? things[0] : $"{string.Join(", ", things.SkipLast(1))} and {things[^1]}";

    /// <summary>1 row, 1,000 rows.</summary>
    /// <param name="count">How many.</param>
    /// <param name="one">What one is called.</param>
    /// <param name="many">What several are called; null for an s at the end.</param>
    public static string Count(long count, string one, string? many = null)
        => $"{Count(count)} {(count == 1 ? one : many ?? one + "s")}";

    public static string Count(long count) => count.ToString("#,0", CultureInfo.InvariantCulture);
}
