using System.Text.Json;

namespace AdaptiveInference.ML.Transforms.PyTorch;

/// <summary>
/// Reads the JSON header of a safetensors file: <c>{"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …}</c>. A header is
/// taken only when its tensors fill the data exactly, in some order, without overlap or gap.
/// </summary>
internal static class SafeTensorsHeader
{
    private const string Metadata = "__metadata__";

    // A tensor of more dimensions than this is no network's.
    private const int MaximumRank = 8;

    private const int MaximumDepth = 8;

    // Several times what the deepest networks need. Without limits a file of megabytes would make a message of megabytes.
    private const int MaximumTensors = 50_000;
    private const int MaximumName = 256;

    /// <summary>Reads and checks a header.</summary>
    /// <param name="json">The header's bytes, possibly padded with blanks.</param>
    /// <param name="dataLength">Bytes that follow the header.</param>
    /// <returns>The tensors by name.</returns>
    /// <exception cref="FormatException">The header is no JSON of this form, or contradicts itself or the length of the data.</exception>
    public static Dictionary<string, SafeTensorsEntry> Parse(ReadOnlySpan<byte> json, long dataLength)
    {
        try
        {
            var entries = Entries(json);
            CheckCoverage(entries.Values, dataLength);
            return entries;
        }
        catch (JsonException exception)
        {
            throw new FormatException($"its header is not valid JSON ({exception.Message})", exception);
        }
        catch (InvalidOperationException exception)
        {
            // Utf8JsonReader's answer to a string that is no UTF-8, or a number where a string stands.
            throw new FormatException($"its header is not of the safetensors form ({exception.Message})", exception);
        }
    }

    private static Dictionary<string, SafeTensorsEntry> Entries(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaximumDepth });
        Expect(ref reader, JsonTokenType.StartObject);
        var entries = new Dictionary<string, SafeTensorsEntry>();
        var metadataSeen = false;
        while (NextName(ref reader) is { } name)
        {
            reader.Read();
            if (name.Length > MaximumName)
            {
                throw new FormatException($"a tensor's name may have up to {MaximumName} characters, got {name.Length}");
            }

            if (entries.Count >= MaximumTensors)
            {
                throw new FormatException($"it holds more than {MaximumTensors} tensors, which no network has");
            }

            if (name == Metadata)
            {
                if (metadataSeen)
                {
                    throw new FormatException($"its header holds '{Metadata}' twice");
                }

                metadataSeen = true;
                reader.Skip();
            }
            else if (!entries.TryAdd(name, Entry(ref reader, name)))
            {
                throw new FormatException($"its header holds tensor '{name}' twice");
            }
        }

        while (reader.Read())
        {
            throw new FormatException("its header is followed by more than blanks");
        }

        return entries;
    }

    private static SafeTensorsEntry Entry(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new FormatException($"tensor '{name}' is not described by an object");
        }

        string? type = null;
        long[]? shape = null, offsets = null;
        while (NextName(ref reader) is { } field)
        {
            reader.Read();
            switch (field)
            {
                case "dtype" when type is null && reader.TokenType == JsonTokenType.String:
                    type = reader.GetString();
                    break;
                case "shape" when shape is null:
                    shape = Numbers(ref reader, name, MaximumRank);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = Numbers(ref reader, name, 2);
                    break;
                default:
                    throw new FormatException($"tensor '{name}' has a field '{Short(field)}' that is unknown, repeated or of a wrong kind");
            }
        }

        if (type is null || shape is null || offsets is not { Length: 2 })
        {
            throw new FormatException($"tensor '{name}' needs dtype, shape and two data_offsets");
        }

        if (offsets[1] < offsets[0])
        {
            throw new FormatException($"tensor '{name}' ends at byte {offsets[1]}, before it begins at {offsets[0]}");
        }

        var entry = new SafeTensorsEntry(name, type, shape, offsets[0], offsets[1] - offsets[0]);
        var expected = ByteLength(entry);
        return entry.ByteLength == expected
            ? entry
            : throw new FormatException($"tensor '{name}' ({entry.Description}) needs {expected} bytes, got {entry.ByteLength}");
    }

    private static long ByteLength(SafeTensorsEntry entry)
    {
        try
        {
            var bits = SafeTensorsTypes.BitsOf(entry.Type)
                ?? throw new FormatException($"tensor '{entry.Name}' has the unknown type '{Short(entry.Type)}'");
            return (entry.Shape.Aggregate((long)bits, (product, size) => checked(product * size)) + 7) / 8;
        }
        catch (OverflowException)
        {
            throw new FormatException($"the shape of tensor '{entry.Name}' ({entry.Description}) is too large to exist");
        }
    }

    private static void CheckCoverage(IEnumerable<SafeTensorsEntry> entries, long dataLength)
    {
        long position = 0;
        SafeTensorsEntry? before = null;
        foreach (var entry in entries.OrderBy(entry => entry.Offset).ThenBy(entry => entry.ByteLength))
        {
            if (entry.Offset < position)
            {
                throw new FormatException($"tensors '{before!.Name}' and '{entry.Name}' overlap");
            }

            if (entry.Offset > position)
            {
                throw new FormatException($"{entry.Offset - position} bytes before tensor '{entry.Name}' belong to no tensor");
            }

            position += entry.ByteLength;
            before = entry;
        }

        if (position != dataLength)
        {
            throw new FormatException($"its tensors need {position} bytes of data, got {dataLength}: it is truncated or altered");
        }
    }

    // The name of the next property, or null at the end of the object.
    private static string? NextName(ref Utf8JsonReader reader)
        => reader.Read() && reader.TokenType == JsonTokenType.PropertyName ? reader.GetString() : null;

    private static long[] Numbers(ref Utf8JsonReader reader, string name, int maximum)
    {
        var numbers = new List<long>();
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) && number >= 0
                && numbers.Count < maximum)
            {
                numbers.Add(number);
            }

            if (reader.TokenType == JsonTokenType.EndArray)
            {
                return [.. numbers];
            }
        }

        throw new FormatException($"tensor '{name}' has a shape or offsets that are not a list of at most {maximum} whole numbers from 0");
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type)
    {
        if (!reader.Read() || reader.TokenType != type)
        {
            throw new FormatException("its header is not a JSON object");
        }
    }

    private static string Short(string text) => text.Length <= MaximumName ? text : text[..MaximumName] + "…";
}
