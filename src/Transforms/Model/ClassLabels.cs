using System.Globalization;
using AdaptiveInference.ML.Transforms.Architectures;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Model;

/// <summary>
/// The classes in key order: names for people, and the key type and key values that bring a predicted key back to the original label.
/// </summary>
internal sealed class ClassLabels
{
    private readonly ILabelValues? _values;

    private ClassLabels(KeyDataViewType keyType, IReadOnlyList<string> names, ILabelValues? values)
    {
        KeyType = keyType;
        Names = names;
        _values = values;
    }

    /// <summary>Type of the predicted label.</summary>
    public KeyDataViewType KeyType { get; }

    /// <summary>One name per class; its number from 0 where the label column had no key values.</summary>
    public IReadOnlyList<string> Names { get; }

    public int Count => Names.Count;

    /// <summary>Item type of the key values, null when there are none.</summary>
    public PrimitiveDataViewType? ValueType => _values?.ItemType;

    /// <summary>The key values as culture-independent text, null when there are none.</summary>
    public IReadOnlyList<string>? ValueTexts => _values?.ToTexts();

    /// <summary>Those of a network that has none. Its key type is never used, because there is no type of a key without values.</summary>
    public static ClassLabels None { get; } = new(new KeyDataViewType(typeof(uint), 1), [], null);

    /// <summary>Classes named by text, with 32-bit keys.</summary>
    public static ClassLabels OfNames(IReadOnlyList<string> names) => Create(typeof(uint), names, TextDataViewType.Instance, names);

    /// <summary>Names of classes of which nothing but their number is known: "class 0", "class 1" and so on.</summary>
    public static IReadOnlyList<string> NumberedNames(int count)
        => [.. Enumerable.Range(0, count).Select(number => string.Create(CultureInfo.InvariantCulture, $"class {number}"))];

    /// <summary>The classes of a key column, with its key values where it has them.</summary>
    /// <exception cref="ArgumentException">The column is no key.</exception>
    public static ClassLabels OfColumn(DataViewSchema.Column label)
    {
        if (label.Type is not KeyDataViewType key)
        {
            throw new ArgumentException($"Label column '{label.Name}' must be a key, got {label.Type}.");
        }

        if (key.Count > NetworkSpec.MaximumClasses)
        {
            throw new ArgumentException(
                $"Label column '{label.Name}' must have at most {NetworkSpec.MaximumClasses} classes, got {key.Count}. Is it the right "
                + "column?");
        }

        var count = (int)key.Count;
        var values = Values(label, AnnotationNames.KeyValues, count);
        return new ClassLabels(key, values?.ToTexts() ?? Numbers(count), values);
    }

    /// <summary>The classes that a column of class probabilities was made for, in the order of its slots.</summary>
    /// <param name="score">A vector of known size.</param>
    public static ClassLabels OfScores(DataViewSchema.Column score)
    {
        var count = ((VectorDataViewType)score.Type).Size;
        var values = Values(score, AnnotationNames.TrainingLabelValues, count);
        return new ClassLabels(new KeyDataViewType(typeof(uint), count), values?.ToTexts() ?? Numbers(count), values);
    }

    /// <summary>Classes as a model file holds them.</summary>
    /// <exception cref="FormatException">A value does not fit its type.</exception>
    public static ClassLabels Create(
        Type keyType, IReadOnlyList<string> names, PrimitiveDataViewType? valueType, IReadOnlyList<string>? texts)
    {
        if (names.Count == 0)
        {
            return None;
        }

        var values = valueType is null || texts is null ? null : LabelValues.Parse(valueType, texts);
        return new ClassLabels(new KeyDataViewType(keyType, names.Count), names, values);
    }

    /// <summary>Adds the key values, if any, under a kind such as <c>KeyValues</c> or <c>TrainingLabelValues</c>.</summary>
    public void AddValues(DataViewSchema.Annotations.Builder annotations, string kind) => _values?.AddTo(annotations, kind);

    private static ILabelValues? Values(DataViewSchema.Column column, string kind, int count)
        => column.Annotations.Schema.GetColumnOrNull(kind) is { Type: VectorDataViewType vector } && vector.Size == count
            ? LabelValues.Read(column.Annotations, kind, vector.ItemType)
            : null;

    private static string[] Numbers(int count)
        => [.. Enumerable.Range(0, count).Select(number => number.ToString(CultureInfo.InvariantCulture))];
}
