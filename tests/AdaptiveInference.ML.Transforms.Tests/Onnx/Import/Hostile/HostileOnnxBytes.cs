namespace AdaptiveInference.ML.Transforms.Tests.Onnx.Import.Hostile;

/// <summary>Alters the encoding of a file: bits, its end, and fields of any message in it.</summary>
internal static class HostileOnnxBytes
{
    // Where names and numbers of the graph stand; most bytes behind are weights.
    private const int Head = 4000;

    public static (string What, byte[] File) Create(byte[] file, Random random) => random.Next(5) switch
    {
        0 => Flipped(file, random),
        1 => random.Next(3) == 0 ? ("random bytes behind", [.. file, .. Noise(random)]) : ("cut", file[..random.Next(file.Length)]),
        _ => Fields(file, random),
    };

    private static (string What, byte[] File) Flipped(byte[] file, Random random)
    {
        var changes = random.Next(1, 6);
        for (var i = 0; i < changes; i++)
        {
            file[random.Next(random.Next(2) == 0 ? Head : file.Length)] = (byte)random.Next(256);
        }

        return ($"{changes} bytes changed", file);
    }

    private static (string What, byte[] File) Fields(byte[] file, Random random)
    {
        List<string> done = [];
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            file = Message(file, random, done);
        }

        return (string.Join("; ", done), file);
    }

    // Goes into messages by chance, alters one and mends the lengths around it.
    private static byte[] Message(byte[] message, Random random, List<string> done, int depth = 0)
    {
        if (Parts(message) is not { Count: > 0 } fields)
        {
            return message;
        }

        // A graph is the field of a model that is worth most; below it any will do.
        var at = depth == 0 ? fields.FindIndex(field => field.Tag >> 3 == 7) : random.Next(fields.Count);
        at = at < 0 ? 0 : at;
        var (tag, content) = fields[at];
        if ((tag & 7) == 2 && depth < 6 && (depth == 0 ? random.Next(8) > 0 : random.Next(3) > 0) && Parts(content) is { Count: > 0 })
        {
            fields[at] = (tag, Message(content, random, done, depth + 1));
            return Joined(fields);
        }

        var other = random.Next(fields.Count);
        switch (random.Next(6))
        {
            case 0:
                fields.RemoveAt(at);
                done.Add($"field {tag >> 3} at depth {depth} deleted");
                break;
            case 1:
                fields.Insert(other, fields[at]);
                done.Add($"field {tag >> 3} at depth {depth} repeated");
                break;
            case 2:
                (fields[at], fields[other]) = (fields[other], fields[at]);
                done.Add($"fields {tag >> 3} and {fields[at].Tag >> 3} at depth {depth} exchanged");
                break;
            case 3:
                fields[at] = ((tag & 7) | ((ulong)random.Next(0, 24) << 3), content);
                done.Add($"field {tag >> 3} at depth {depth} is field {fields[at].Tag >> 3}");
                break;
            case 4:
                fields[at] = ((tag & ~7UL) | 2, Noise(random));
                done.Add($"field {tag >> 3} at depth {depth} is noise");
                break;
            default:
                fields[at] = (tag, (tag & 7) == 2 ? content[..random.Next(content.Length + 1)] : fields[other].Content);
                done.Add($"field {tag >> 3} at depth {depth} is cut or that of another");
                break;
        }

        return Joined(fields);
    }

    /// <summary>The fields of a message; null where it is none.</summary>
    private static List<(ulong Tag, byte[] Content)>? Parts(byte[] message)
    {
        var (fields, at) = (new List<(ulong, byte[])>(), 0);
        while (at < message.Length)
        {
            if (Varint(message, ref at) is not { } tag || tag >> 3 is 0 or > 30)
            {
                return null;
            }

            var begin = at;
            var end = (tag & 7) switch
            {
                0 => Varint(message, ref at) is null ? -1 : at,
                1 => at + 8,
                2 when Varint(message, ref at) is { } length && length <= (ulong)(message.Length - at) => (begin = at) + (int)length,
                5 => at + 4,
                _ => -1,
            };
            if (end < 0 || end > message.Length)
            {
                return null;
            }

            fields.Add((tag, message[begin..end]));
            at = end;
        }

        return fields;
    }

    private static byte[] Joined(List<(ulong Tag, byte[] Content)> fields)
    {
        var bytes = new MemoryStream();
        foreach (var (tag, content) in fields)
        {
            Write(bytes, tag);
            if ((tag & 7) == 2)
            {
                Write(bytes, (ulong)content.Length);
            }

            bytes.Write(content);
        }

        return bytes.ToArray();
    }

    private static ulong? Varint(byte[] bytes, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; shift < 64 && at < bytes.Length; shift += 7)
        {
            var next = bytes[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        return null;
    }

    private static void Write(MemoryStream bytes, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            bytes.WriteByte((byte)(value | 0x80));
        }

        bytes.WriteByte((byte)value);
    }

    private static byte[] Noise(Random random)
    {
        var noise = new byte[random.Next(1, 40)];
        random.NextBytes(noise);
        return noise;
    }
}
