using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Persistence;

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

    /// <summary>Classes named by text, with 32-bit keys.</summary>
    public static ClassLabels OfNames(IReadOnlyList<string> names) => Create(typeof(uint), names, TextDataViewType.Instance, names);

    /// <summary>The classes of a key column, with its key values where it has them.</summary>
    /// <exception cref="ArgumentException">The column is no key.</exception>
    public static ClassLabels OfColumn(DataViewSchema.Column label)
    {
        if (label.Type is not KeyDataViewType key)
        {
            throw new ArgumentException($"Label column '{label.Name}' must be a key, got {label.Type}.");
        }

        var count = checked((int)key.Count);
        var annotation = label.Annotations.Schema.GetColumnOrNull(AnnotationNames.KeyValues);
        var values = annotation is { Type: VectorDataViewType vector } && vector.Size == count
            ? LabelValues.Read(label.Annotations, vector.ItemType)
            : null;
        return new ClassLabels(key, values?.ToTexts() ?? Numbers(count), values);
    }

    /// <summary>Classes as a model file holds them.</summary>
    /// <exception cref="FormatException">A value does not fit its type.</exception>
    public static ClassLabels Create(Type keyType, IReadOnlyList<string> names, PrimitiveDataViewType? valueType, IReadOnlyList<string>? texts)
    {
        var values = valueType is null || texts is null ? null : LabelValues.Parse(valueType, texts);
        return new ClassLabels(new KeyDataViewType(keyType, names.Count), names, values);
    }

    /// <summary>Adds the key values, if any, under a kind such as <c>KeyValues</c> or <c>TrainingLabelValues</c>.</summary>
    public void AddValues(DataViewSchema.Annotations.Builder annotations, string kind) => _values?.AddTo(annotations, kind);

    private static string[] Numbers(int count)
        => [.. Enumerable.Range(0, count).Select(number => number.ToString(CultureInfo.InvariantCulture))];
}
