using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Model;

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
    private const string KeyPrefix = "Key<";
    private const string KeyRange = ", 0-";

    // Every digit that a value has and no zeros behind them: an exact value, and a name that people can read. Whether a DateTime is local
    // or UTC is left out, as ML.NET does: it compares ticks alone.
    private const string DateFormat = "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF";
    private const string OffsetFormat = DateFormat + "zzz";
    private const string SpanFormat = "c";

    /// <summary>Types of label values by their name in a model file; keys, which have a number of values too, come besides.</summary>
    private static readonly Dictionary<string, PrimitiveDataViewType> Types = new PrimitiveDataViewType[]
    {
        TextDataViewType.Instance, BooleanDataViewType.Instance, NumberDataViewType.Single, NumberDataViewType.Double,
        NumberDataViewType.SByte, NumberDataViewType.Int16, NumberDataViewType.Int32, NumberDataViewType.Int64,
        NumberDataViewType.Byte, NumberDataViewType.UInt16, NumberDataViewType.UInt32, NumberDataViewType.UInt64,
        DateTimeDataViewType.Instance, DateTimeOffsetDataViewType.Instance, TimeSpanDataViewType.Instance, RowIdDataViewType.Instance,
    }.ToDictionary(type => type.ToString()!);

    /// <summary>The type of that name, null when there is none.</summary>
    public static PrimitiveDataViewType? TypeOf(string name) => Types.GetValueOrDefault(name) ?? KeyOf(name);

    /// <summary>Values that an annotation of a column holds; null for item types that no label has.</summary>
    public static ILabelValues? Read(DataViewSchema.Annotations annotations, string kind, DataViewType itemType) => itemType.RawType switch
    {
        var type when type == typeof(ReadOnlyMemory<char>) => Read<ReadOnlyMemory<char>>(annotations, kind, itemType),
        var type when type == typeof(bool) => Read<bool>(annotations, kind, itemType),
        var type when type == typeof(float) => Read<float>(annotations, kind, itemType),
        var type when type == typeof(double) => Read<double>(annotations, kind, itemType),
        var type when type == typeof(sbyte) => Read<sbyte>(annotations, kind, itemType),
        var type when type == typeof(short) => Read<short>(annotations, kind, itemType),
        var type when type == typeof(int) => Read<int>(annotations, kind, itemType),
        var type when type == typeof(long) => Read<long>(annotations, kind, itemType),
        var type when type == typeof(byte) => Read<byte>(annotations, kind, itemType),
        var type when type == typeof(ushort) => Read<ushort>(annotations, kind, itemType),
        var type when type == typeof(uint) => Read<uint>(annotations, kind, itemType),
        var type when type == typeof(ulong) => Read<ulong>(annotations, kind, itemType),
        var type when type == typeof(DateTime) => Read<DateTime>(annotations, kind, itemType),
        var type when type == typeof(DateTimeOffset) => Read<DateTimeOffset>(annotations, kind, itemType),
        var type when type == typeof(TimeSpan) => Read<TimeSpan>(annotations, kind, itemType),
        var type when type == typeof(DataViewRowId) => Read<DataViewRowId>(annotations, kind, itemType),
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
        var type when type == typeof(DateTime) => new LabelValues<DateTime>(itemType, [.. texts.Select(
            text => DateTime.ParseExact(text, DateFormat, CultureInfo.InvariantCulture))]),
        var type when type == typeof(DateTimeOffset) => new LabelValues<DateTimeOffset>(itemType, [.. texts.Select(
            text => DateTimeOffset.ParseExact(text, OffsetFormat, CultureInfo.InvariantCulture))]),
        var type when type == typeof(TimeSpan) => new LabelValues<TimeSpan>(itemType, [.. texts.Select(
            text => TimeSpan.ParseExact(text, SpanFormat, CultureInfo.InvariantCulture))]),
        var type when type == typeof(DataViewRowId) => new LabelValues<DataViewRowId>(itemType, [.. texts.Select(ParseRowId)]),
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

    /// <summary>A value as text that <see cref="Parse(PrimitiveDataViewType, IReadOnlyList{string})"/> reads.</summary>
    public static string TextOf<T>(T value) => value switch
    {
        // Memory of characters prints its content by ToString, but is not convertible.
        ReadOnlyMemory<char> text => text.ToString(),
        DateTime date => date.ToString(DateFormat, CultureInfo.InvariantCulture),
        DateTimeOffset date => date.ToString(OffsetFormat, CultureInfo.InvariantCulture),
        TimeSpan span => span.ToString(SpanFormat, CultureInfo.InvariantCulture),
        DataViewRowId id => FormattableString.Invariant($"{id.High:x16}{id.Low:x16}"),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    // A key mapped to a key once more: its values are keys, whose type has a range.
    private static KeyDataViewType? KeyOf(string name)
    {
        var range = name.IndexOf(KeyRange, StringComparison.Ordinal);
        return name.StartsWith(KeyPrefix, StringComparison.Ordinal) && name.EndsWith('>') && range > 0
            && Types.GetValueOrDefault(name[KeyPrefix.Length..range]) is { } item && KeyDataViewType.IsValidDataType(item.RawType)
            && uint.TryParse(name.AsSpan(range + KeyRange.Length).TrimEnd('>'), NumberStyles.None, CultureInfo.InvariantCulture,
                out var last)
            && last < MaximumOf(item.RawType)
                ? new KeyDataViewType(item.RawType, (ulong)last + 1)
                : null;

        static ulong MaximumOf(Type type)
            => type == typeof(byte) ? byte.MaxValue : type == typeof(ushort) ? ushort.MaxValue : uint.MaxValue;
    }

    private static DataViewRowId ParseRowId(string text)
        => text.Length == 32
            ? new DataViewRowId(Part(text.AsSpan(16)), Part(text.AsSpan(0, 16)))
            : throw new FormatException($"'{text}' is no row id.");

    private static ulong Part(ReadOnlySpan<char> digits)
        => ulong.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static LabelValues<T> Read<T>(DataViewSchema.Annotations annotations, string kind, DataViewType itemType)
    {
        VBuffer<T> values = default;
        annotations.GetValue(kind, ref values);
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

    public string[] ToTexts() => [.. values.Select(LabelValues.TextOf)];

    public void AddTo(DataViewSchema.Annotations.Builder annotations, string kind)
        => annotations.Add(
            kind,
            new VectorDataViewType(ItemType, values.Length),
            (ref VBuffer<T> buffer) => new VBuffer<T>(values.Length, values).CopyTo(ref buffer));
}
