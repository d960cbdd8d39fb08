using System.Globalization;

namespace AdaptiveInference.ML.Transforms.Options;

/// <summary>
/// The range of a numeric option, said once beside the property: <see cref="OptionCheck.Ranges"/> refuses what is outside, and a test holds
/// the property's documentation to it. Null is in every range.
/// </summary>
/// <param name="minimum">The least value.</param>
/// <param name="maximum">The largest value; infinity is any finite number.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class InRangeAttribute(double minimum, double maximum = double.PositiveInfinity) : Attribute
{
    /// <summary>Whether the least value itself is outside.</summary>
    public bool Above { get; init; }

    /// <summary>Whether the largest value itself is outside.</summary>
    public bool Below { get; init; }

    private string Largest => maximum.ToString(CultureInfo.InvariantCulture);

    private string Least => minimum.ToString(CultureInfo.InvariantCulture);

    /// <summary>Whether a value is in the range.</summary>
    public bool Holds(double value)
        => double.IsFinite(value) && (Above ? value > minimum : value >= minimum) && (Below ? value < maximum : value <= maximum);

    /// <summary>The range in the words of an error, behind "must be".</summary>
    /// <param name="isWhole">Whether only whole numbers are meant.</param>
    public string Description(bool isWhole)
        => !double.IsPositiveInfinity(maximum)
            ? Above ? $"above {Least} and {(Below ? "less than" : "at most")} {Largest}"
                : $"from {Least} to {(Below ? "less than " : "")}{Largest}"
            : isWhole ? $"at least {Least}"
            : Above ? $"a finite number above {Least}"
            : $"a finite number of {Least} or more";

    /// <summary>The range in the words of documentation, any of which says it.</summary>
    public string[] Documented => double.IsPositiveInfinity(maximum)
        ? Above ? [$"finite and positive"] : [$"{Least} or more", $"at least {Least}"]
        : Above ? [Description(isWhole: false)] : [Description(isWhole: false), Description(isWhole: false)["from ".Length..]];
}
