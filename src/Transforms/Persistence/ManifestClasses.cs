using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Persistence;

/// <summary>Class names, key type and key values as a model file holds them.</summary>
/// <param name="KeyBits">Width of the key's unsigned integer: 8, 16, 32 or 64.</param>
/// <param name="Names">One name per class.</param>
/// <param name="ValueType">ML.NET's name of the key values' type; null when the label had none.</param>
/// <param name="Values">Key values as text; null when they are the names, or when the label had none.</param>
internal sealed record ManifestClasses(int KeyBits, string[] Names, string? ValueType, string[]? Values)
{
    private static readonly Dictionary<int, Type> KeyTypes = new()
    {
        [8] = typeof(byte),
        [16] = typeof(ushort),
        [32] = typeof(uint),
        [64] = typeof(ulong),
    };

    public static ManifestClasses Of(ClassLabels labels)
    {
        var texts = labels.ValueTexts;
        return new ManifestClasses(
            KeyTypes.First(pair => pair.Value == labels.KeyType.RawType).Key,
            [.. labels.Names],
            labels.ValueType?.ToString(),
            texts is null || texts.SequenceEqual(labels.Names) ? null : [.. texts]);
    }

    /// <exception cref="FormatException">A type is unknown or a value does not fit it.</exception>
    public ClassLabels ToLabels()
    {
        if (!KeyTypes.TryGetValue(KeyBits, out var keyType))
        {
            throw new FormatException($"Keys have 8, 16, 32 or 64 bits, got {KeyBits}.");
        }

        if (ValueType is null)
        {
            return ClassLabels.Create(keyType, Names, null, null);
        }

        var type = LabelValues.TypeOf(ValueType) ?? throw new FormatException($"Label values of type '{ValueType}' are not known.");
        var values = Values ?? Names;
        return values.Length == Names.Length
            ? ClassLabels.Create(keyType, Names, type, values)
            : throw new FormatException($"Expected {Names.Length} label values, got {values.Length}.");
    }
}
