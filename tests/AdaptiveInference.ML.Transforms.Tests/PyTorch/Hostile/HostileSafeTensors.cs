using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;

namespace AdaptiveInference.ML.Transforms.Tests.PyTorch.Hostile;

/// <summary>Alters a good safetensors file in every way that its format has a place for.</summary>
/// <param name="options">The network of the file.</param>
/// <param name="seed">The same seed gives the same files.</param>
internal sealed class HostileSafeTensors(PyTorchImportOptions options, int seed)
{
    private const string Empty = """{"dtype":"F32","shape":[0],"data_offsets":[0,0]}""";

    private static readonly string[] Types =
        ["F64", "F32", "F16", "BF16", "I64", "I32", "U8", "BOOL", "F8_E4M3", "F4", "C64", "f32", "", "F32 ", "FLOAT"];

    private static readonly string[] Values =
    [
        "-1", "0", "1", "2147483648", "9223372036854775807", "9223372036854775808", "1e308", "0.5", "null", "true", "\"text\"", "[]", "{}",
        "[[[]]]", "[0]", "[0,4]", "[4,0]", "[-4,0]", "[0,9223372036854775807]", "[9223372036854775804,9223372036854775807]", "[0,0]",
        "[1,1,1,1,1,1,1,1,1]",
        "[65536,65536,65536,65536]", "[4294967296,4294967296]", "[9223372036854775807,2]",
    ];

    private static readonly float[] Numbers =
        [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 3e38f, -3e38f, 1e30f, -1, 0, 1e-45f, -1e-45f, 1e-38f, 1e15f];

    private readonly IReadOnlyList<(string Name, int[] Shape, float[] Values)> _tensors =
        [.. Checkpoints.Tensors(options).Select(tensor => (tensor.Name, tensor.Shape, Checkpoints.ValuesOf(tensor.Name, tensor.Shape)))];

    /// <summary>The file as it is when nothing has been altered.</summary>
    public byte[] Original => ToFile(Header(), Data());

    /// <summary>One altered file and what was done to it.</summary>
    public (string What, byte[] File) Create(int number)
    {
        var random = new Random(unchecked((seed * 1_000_003) + number));
        return random.Next(12) switch
        {
            0 or 1 => Field(random),
            2 => Name(random),
            3 => Text(random),
            4 => Offsets(random),
            5 or 6 => Content(random),
            7 => Converted(random),
            8 => Flipped(random),
            9 => Cut(random),
            10 => Prefix(random),
            _ => Bomb(random),
        };
    }

    private (string, byte[]) Field(Random random)
    {
        var header = Header();
        var what = "header:";
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var name = AnyName(random);
            var field = Pick(["dtype", "shape", "data_offsets", "more"], random);
            var value = random.Next(2) == 0 && field == "dtype" ? $"\"{Pick(Types, random)}\"" : Pick(Values, random);
            if (random.Next(6) == 0)
            {
                header[name]!.AsObject().Remove(field);
                value = "nothing";
            }
            else
            {
                header[name]![field] = JsonNode.Parse(value);
            }

            what += $" {name}.{field} = {value}";
        }

        return (what, ToFile(header, Data()));
    }

    private (string, byte[]) Name(Random random)
    {
        var header = Header();
        var name = AnyName(random);
        var other = Pick(
            [AnyName(random) + "x", "module." + name, "", "__metadata__", new string('n', 100_000), "\0", name.ToUpperInvariant()], random);
        var entry = header[name];
        header.Remove(name);
        if (random.Next(4) > 0)
        {
            header[other] = entry;
        }

        return ($"header: {name} renamed to {Short(other)}", ToFile(header, Data()));
    }

    private (string, byte[]) Text(Random random)
    {
        var text = Header().ToJsonString();
        var name = $"\"{AnyName(random)}\":";
        var (what, altered) = random.Next(7) switch
        {
            0 => ("twice", text.Replace(name, name + Empty + "," + name, StringComparison.Ordinal)),
            1 => ("nested", text.Replace(name, name + new string('[', 100_000), StringComparison.Ordinal)),
            2 => ("not closed", text[..^1]),
            3 => ("followed by more", text + Pick(["}", " {}", ",", new string(' ', 100_000), "\0\0\0"], random)),
            4 => ("a value", text.Replace(name, name + Pick(Values, random) + ",\"other\":", StringComparison.Ordinal)),
            5 => ("shuffled", Shuffled(random)),
            _ => ("with a comment", text.Replace(name, "/* */" + name, StringComparison.Ordinal)),
        };
        return ($"header: {name} {what}", ToFile(Encoding.UTF8.GetBytes(altered), Data()));
    }

    private string Shuffled(Random random)
    {
        var members = Header().Select(member => (member.Key, member.Value!.DeepClone())).ToArray();
        random.Shuffle(members);
        return new JsonObject(members.Select(member => KeyValuePair.Create<string, JsonNode?>(member.Key, member.Item2))).ToJsonString();
    }

    // Two tensors exchange their places, or one takes that of another, or all are moved.
    private (string, byte[]) Offsets(Random random)
    {
        var header = Header();
        var (first, second) = (AnyName(random), AnyName(random));
        switch (random.Next(3))
        {
            case 0:
                (header[first]!["data_offsets"], header[second]!["data_offsets"]) =
                    (header[second]!["data_offsets"]!.DeepClone(), header[first]!["data_offsets"]!.DeepClone());
                return ($"header: {first} and {second} exchanged", ToFile(header, Data()));
            case 1:
                header[first]!["data_offsets"] = header[second]!["data_offsets"]!.DeepClone();
                header[first]!["shape"] = header[second]!["shape"]!.DeepClone();
                return ($"header: {first} on {second}", ToFile(header, Data()));
            default:
                var by = random.NextInt64(-100, 100) * Pick([1L, 4, 1L << 40], random);
                foreach (var name in _tensors.Select(tensor => tensor.Name))
                {
                    var offsets = header[name]!["data_offsets"]!.AsArray();
                    (offsets[0], offsets[1]) = ((long)offsets[0]! + by, (long)offsets[1]! + by);
                }

                return ($"header: moved by {by}", ToFile(header, [.. new byte[by is > 0 and < 1000 ? by : 0], .. Data()]));
        }
    }

    private (string, byte[]) Content(Random random)
    {
        var data = Data();
        var number = Pick(Numbers, random);
        var from = random.Next(data.Length / 4);
        var count = random.Next(2) == 0 ? 1 : Math.Min(random.Next(1, 3000), (data.Length / 4) - from);
        MemoryMarshal.Cast<byte, float>(data.AsSpan()).Slice(from, count).Fill(number);
        return ($"data: {count} times {number} from {from}", ToFile(Header(), data));
    }

    // All tensors in another type, rightly or with their old bytes.
    private (string, byte[]) Converted(Random random)
    {
        var type = Pick(["F64", "F16", "BF16", "I32", "F8_E5M2"], random);
        var size = type switch { "F64" => 8, "I32" => 4, "F8_E5M2" => 1, _ => 2 };
        var header = Header();
        long position = 0;
        foreach (var (name, _, values) in _tensors)
        {
            header[name] = new JsonObject
            {
                ["dtype"] = type,
                ["shape"] = header[name]!["shape"]!.DeepClone(),
                ["data_offsets"] = new JsonArray(position, position + (values.Length * size)),
            };
            position += values.Length * size;
        }

        var data = new byte[position];
        random.NextBytes(data);
        return ($"random values of type {type}", ToFile(header, data));
    }

    private (string, byte[]) Flipped(Random random)
    {
        var file = Original;
        var header = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        for (var flips = random.Next(1, 5); flips > 0; flips--)
        {
            file[random.Next(2) == 0 ? random.Next(8 + header) : random.Next(file.Length)] ^= (byte)(1 << random.Next(8));
        }

        return ("flipped bits", file);
    }

    private (string, byte[]) Cut(Random random)
    {
        var file = Original;
        return random.Next(4) switch
        {
            0 => ("cut", file[..random.Next(file.Length)]),
            1 => ("cut in the header", file[..random.Next(2000)]),
            2 => ("zeros behind", [.. file, .. new byte[random.Next(1, 1_000_000)]]),
            _ => ("zeros", new byte[random.Next(file.Length)]),
        };
    }

    private (string, byte[]) Prefix(Random random)
    {
        var file = Original;
        long[] lengths = [-1, 0, 1, 2, long.MinValue, long.MaxValue, 16 << 20, (16 << 20) + 1, file.Length, file.Length - 8, uint.MaxValue];
        var length = Pick(lengths, random);
        BinaryPrimitives.WriteInt64LittleEndian(file, length);
        return ($"header of {length} bytes", file);
    }

    // Small to make and large to read, if anybody believed them.
    private static (string, byte[]) Bomb(Random random)
    {
        var count = random.Next(1, 100_000);
        return random.Next(4) switch
        {
            0 => ($"{count} empty tensors", ToFile(
                Encoding.UTF8.GetBytes('{' + string.Join(',', Enumerable.Range(0, count).Select(i => $"\"t{i}\":{Empty}")) + '}'), [])),
            1 => ($"metadata with {count} members", ToFile(
                Encoding.UTF8.GetBytes(
                    "{\"__metadata__\":{" + string.Join(',', Enumerable.Range(0, count).Select(i => $"\"m{i}\":\"\"")) + "}}"), [])),
            2 => ("header of blanks", ToFile(Encoding.UTF8.GetBytes("{}" + new string(' ', count * 50)), [])),
            _ => ("one long name", ToFile(
                Encoding.UTF8.GetBytes($"{{\"{new string('n', count * 50)}\":{Empty}}}"), [])),
        };
    }

    private JsonObject Header()
    {
        var header = new JsonObject();
        long position = 0;
        foreach (var (name, shape, values) in _tensors)
        {
            header[name] = new JsonObject
            {
                ["dtype"] = "F32",
                ["shape"] = new JsonArray([.. shape.Select(size => JsonValue.Create(size))]),
                ["data_offsets"] = new JsonArray(position, position + (4 * values.Length)),
            };
            position += 4 * values.Length;
        }

        return header;
    }

    private byte[] Data() => [.. _tensors.SelectMany(tensor => MemoryMarshal.AsBytes<float>(tensor.Values).ToArray())];

    private string AnyName(Random random) => _tensors[random.Next(_tensors.Count)].Name;

    private static byte[] ToFile(JsonObject header, byte[] data) => ToFile(Encoding.UTF8.GetBytes(header.ToJsonString()), data);

    private static byte[] ToFile(byte[] header, byte[] data)
    {
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        return [.. length, .. header, .. data];
    }

    private static string Short(string text) => text.Length <= 50 ? text : text[..50] + "…";

    private static T Pick<T>(T[] choices, Random random) => choices[random.Next(choices.Length)];
}
