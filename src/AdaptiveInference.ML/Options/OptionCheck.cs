using System.Globalization;

namespace AdaptiveInference.ML.Options;

/// <summary>Collects everything that is wrong with a set of options, to say it in one exception.</summary>
internal sealed class OptionCheck
{
    private readonly List<string> _failures = [];

    /// <summary>Notes a sentence (what, got, expected, next step) unless the condition holds.</summary>
    public void Require(bool condition, FormattableString sentence)
    {
        if (!condition)
        {
            _failures.Add(sentence.ToString(CultureInfo.InvariantCulture));
        }
    }

    public void AtLeast(string name, int value, int minimum) => Require(value >= minimum, $"{name} must be at least {minimum}, got {value}.");

    public void Positive(string name, float value)
        => Require(float.IsFinite(value) && value > 0, $"{name} must be a finite number above 0, got {value}.");

    public void NotNegative(string name, float value)
        => Require(float.IsFinite(value) && value >= 0, $"{name} must be a finite number of 0 or more, got {value}.");

    public void Rate(string name, float value) => Require(value is >= 0 and <= 1, $"{name} must be from 0 to 1, got {value}.");

    public void BelowOne(string name, float value)
        => Require(value is >= 0 and < 1, $"{name} must be from 0 to less than 1, got {value}.");

    public void Defined<T>(string name, T value)
        where T : struct, Enum
        => Require(Enum.IsDefined(value), $"{name} must be one of {string.Join(", ", Enum.GetNames<T>())}, got {value}.");

    public void Name(string name, string? value)
        => Require(!string.IsNullOrWhiteSpace(value), $"{name} must name a column, got {(value is null ? "null" : $"'{value}'")}.");

    /// <exception cref="ArgumentException">Anything was noted.</exception>
    public void ThrowIfAny(string what)
    {
        if (_failures.Count > 0)
        {
            throw new ArgumentException(
                _failures.Count == 1 ? $"{what}: {_failures[0]}" : $"{what} has {_failures.Count} faults: {string.Join(' ', _failures)}");
        }
    }
}
