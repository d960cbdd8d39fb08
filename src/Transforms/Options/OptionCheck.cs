using System.Globalization;
using System.Reflection;
using AdaptiveInference.ML.Transforms.Limits;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Options;

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

    /// <summary>Checks every property that has a range or is one of an enumeration's values.</summary>
    /// <param name="options">The options.</param>
    /// <param name="prefix">What stands before their names, such as "Exits.".</param>
    public void Ranges(object options, string prefix = "")
    {
        foreach (var property in options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).OrderBy(Depth))
        {
            var value = property.GetValue(options);
            if (value is not null && property.GetCustomAttribute<InRangeAttribute>() is { } range)
            {
                var orNull = Nullable.GetUnderlyingType(property.PropertyType) is null ? "" : ", or null";
                Require(
                    range.Holds(Convert.ToDouble(value, CultureInfo.InvariantCulture)),
                    $"{prefix}{property.Name} must be {range.Description(value is int)}{orNull}, got {value}.");
            }
            else if (value is Enum one)
            {
                Require(
                    Enum.IsDefined(one.GetType(), one),
                    $"{prefix}{property.Name} must be one of {string.Join(", ", Enum.GetNames(one.GetType()))}, got {one}.");
            }
        }

        // Of all trainers first, then of the one at hand.
        static int Depth(PropertyInfo property)
        {
            var depth = 0;
            for (var type = property.DeclaringType; type is not null; type = type.BaseType)
            {
                depth++;
            }

            return depth;
        }
    }

    /// <summary>Checks one of several numbers from 0 to 1.</summary>
    public void Rate(string name, float value) => Require(value is >= 0 and <= 1, $"{name} must be from 0 to 1, got {value}.");

    public void Name(string name, string? value)
        => Require(!string.IsNullOrWhiteSpace(value), $"{name} must name a column, got {(value is null ? "null" : $"'{value}'")}.");

    /// <summary>Checks the name of a column that need not be there: null names none.</summary>
    public void OptionalName(string name, string? value)
        => Require(value is null || !string.IsNullOrWhiteSpace(value), $"{name} must name a column or be null, got '{value}'.");

    /// <summary>Checks names of columns, and that none that is made hides another one that is needed.</summary>
    /// <param name="columns">The image column and those that scoring makes.</param>
    /// <param name="label">The label column.</param>
    public void Columns(ScoringColumns columns, string label)
    {
        Name("LabelColumnName", label);
        Name("FeatureColumnName", columns.Features);
        Name("ScoreColumnName", columns.Score);
        Name("PredictedLabelColumnName", columns.PredictedLabel);
        OptionalName("ExecutionPathColumnName", columns.ExecutionPath);
        OptionalName("ComputeFractionColumnName", columns.ComputeFraction);
        string?[] outputs = [columns.Score, columns.PredictedLabel, columns.ExecutionPath, columns.ComputeFraction];
        var twice = outputs.Where(name => !string.IsNullOrWhiteSpace(name))
            .GroupBy(name => name).FirstOrDefault(group => group.Count() > 1);
        Require(twice is null, $"Output columns must have different names, got '{twice?.Key}' twice.");
        foreach (var sentence in columns.Hiding(columns.Features, "the images").Concat(columns.Hiding(label, "the true labels")))
        {
            Require(false, $"{sentence}");
        }
    }

    /// <summary>Checks where exits are to stand.</summary>
    /// <param name="name">The option.</param>
    /// <param name="after">Its value.</param>
    /// <param name="architecture">The network, of more than one block.</param>
    /// <param name="canBeNone">Whether there may be no exit at all.</param>
    public void AfterBlocks(string name, IReadOnlyList<int> after, ResNetArchitecture architecture, bool canBeNone)
    {
        var last = architecture.Blocks - 1;
        var increasing = after.Zip(after.Skip(1)).All(pair => pair.First < pair.Second);
        Require(
            (canBeNone || after.Count > 0) && increasing && after.All(block => block >= 0 && block < last),
            $"{name} must be increasing block indices from 0 to {last - 1} of {architecture}, got {QuotedText.List(after)}.");
    }

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
