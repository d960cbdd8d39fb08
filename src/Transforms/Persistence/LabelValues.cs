using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Persistence;

/// <summary>Key values of one item type.</summary>
internal interface ILabelValues
{
    PrimitiveDataViewType ItemType { get; }

    string[] ToTexts();

    void AddTo(DataViewSchema.Annotations.Builder annotations, string kind);
}

/// <summary>Reads key values of any type that a label can have, and writes them as text that does not depend on the culture.</summary>
internal static class LabelValues
{
    /// <summary>Types of label values by their name in a model file.</summary>
    private static readonly Dictionary<string, PrimitiveDataViewType> Types = new PrimitiveDataViewType[]
    {
        TextDataViewType.Instance, BooleanDataViewType.Instance, NumberDataViewType.Single, NumberDataViewType.Double,
        NumberDataViewType.SByte, NumberDataViewType.Int16, NumberDataViewType.Int32, NumberDataViewType.Int64,
        NumberDataViewType.Byte, NumberDataViewType.UInt16, NumberDataViewType.UInt32, NumberDataViewType.UInt64,
    }.ToDictionary(type => type.ToString()!);

    /// <summary>The type of that name, null when there is none.</summary>
    public static PrimitiveDataViewType? TypeOf(string name) => Types.GetValueOrDefault(name);

    /// <summary>Key values of a column; null for item types that no label has.</summary>
    public static ILabelValues? Read(DataViewSchema.Annotations annotations, DataViewType itemType) => itemType.RawType switch
    {
        var type when type == typeof(ReadOnlyMemory<char>) => Read<ReadOnlyMemory<char>>(annotations, itemType),
        var type when type == typeof(bool) => Read<bool>(annotations, itemType),
        var type when type == typeof(float) => Read<float>(annotations, itemType),
        var type when type == typeof(double) => Read<double>(annotations, itemType),
        var type when type == typeof(sbyte) => Read<sbyte>(annotations, itemType),
        var type when type == typeof(short) => Read<short>(annotations, itemType),
        var type when type == typeof(int) => Read<int>(annotations, itemType),
        var type when type == typeof(long) => Read<long>(annotations, itemType),
        var type when type == typeof(byte) => Read<byte>(annotations, itemType),
        var type when type == typeof(ushort) => Read<ushort>(annotations, itemType),
        var type when type == typeof(uint) => Read<uint>(annotations, itemType),
        var type when type == typeof(ulong) => Read<ulong>(annotations, itemType),
        _ => null,
    };

    /// <summary>Values from their texts.</summary>
    /// <exception cref="FormatException">A text is no value of the type.</exception>
    public static ILabelValues Parse(PrimitiveDataViewType itemType, IReadOnlyList<string> texts) => itemType.RawType switch
    {
        var type when type == typeof(ReadOnlyMemory<char>) => new LabelValues<ReadOnlyMemory<char>>(itemType, Memory(texts)),
        var type when type == typeof(bool) => new LabelValues<bool>(itemType, [.. texts.Select(bool.Parse)]),
        var type when type == typeof(float) => Parse<float>(itemType, texts),
        var type when type == typeof(double) => Parse<double>(itemType, texts),
        var type when type == typeof(sbyte) => Parse<sbyte>(itemType, texts),
        var type when type == typeof(short) => Parse<short>(itemType, texts),
        var type when type == typeof(int) => Parse<int>(itemType, texts),
        var type when type == typeof(long) => Parse<long>(itemType, texts),
        var type when type == typeof(byte) => Parse<byte>(itemType, texts),
        var type when type == typeof(ushort) => Parse<ushort>(itemType, texts),
        var type when type == typeof(uint) => Parse<uint>(itemType, texts),
        var type when type == typeof(ulong) => Parse<ulong>(itemType, texts),
        _ => throw new FormatException($"Label values of type {itemType} are not known."),
    };

    /// <summary>Texts as ML.NET holds them.</summary>
    public static ReadOnlyMemory<char>[] Memory(IReadOnlyList<string> texts)
    {
        var memory = new ReadOnlyMemory<char>[texts.Count];
        for (var i = 0; i < memory.Length; i++)
        {
            memory[i] = texts[i].AsMemory();
        }

        return memory;
    }

    private static LabelValues<T> Read<T>(DataViewSchema.Annotations annotations, DataViewType itemType)
    {
        VBuffer<T> values = default;
        annotations.GetValue(AnnotationNames.KeyValues, ref values);
        return new LabelValues<T>((PrimitiveDataViewType)itemType, [.. values.DenseValues()]);
    }

    private static LabelValues<T> Parse<T>(PrimitiveDataViewType itemType, IReadOnlyList<string> texts)
        where T : IParsable<T>
        => new(itemType, [.. texts.Select(text => T.Parse(text, CultureInfo.InvariantCulture))]);
}

/// <inheritdoc cref="ILabelValues" />
internal sealed class LabelValues<T>(PrimitiveDataViewType itemType, T[] values) : ILabelValues
{
    public PrimitiveDataViewType ItemType { get; } = itemType;

    public string[] ToTexts() => [.. values.Select(value => Convert.ToString(Boxed(value), CultureInfo.InvariantCulture)!)];

    public void AddTo(DataViewSchema.Annotations.Builder annotations, string kind)
        => annotations.Add(
            kind,
            new VectorDataViewType(ItemType, values.Length),
            (ref VBuffer<T> buffer) => new VBuffer<T>(values.Length, values).CopyTo(ref buffer));

    // Memory of characters prints its content by ToString, but is not convertible.
    private static object Boxed(T value) => value is ReadOnlyMemory<char> text ? text.ToString() : value!;
}
