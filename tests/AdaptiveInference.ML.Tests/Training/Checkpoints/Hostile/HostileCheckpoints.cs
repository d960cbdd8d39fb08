using System.Buffers.Binary;
using System.Text.Json.Nodes;

namespace AdaptiveInference.ML.Tests.Training.Checkpoints.Hostile;

/// <summary>Alters good checkpoints in every way that their format has a place for; most of the results have a right checksum.</summary>
/// <param name="originals">Good files.</param>
/// <param name="seed">The same seed gives the same files.</param>
internal sealed class HostileCheckpoints(IReadOnlyList<byte[]> originals, int seed)
{
    private static readonly string[] Values =
    [
        "-1", "0", "1", "2", "3", "99", "2147483647", "-2147483648", "2147483648", "9223372036854775807", "1e308", "-1e308", "1e999",
        "0.5", "-0.5",
        "\"NaN\"", "\"Infinity\"", "\"-Infinity\"", "null", "true", "false", "\"text\"", "[]", "{}", "[[[[]]]]", "{\"a\":{\"a\":{}}}",
    ];

    private static readonly float[] Numbers =
        [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 3e38f, -3e38f, 1e30f, -1, 0, 1e-45f, -1e-45f, 1e-38f, 1e15f];

    /// <summary>One altered file and what was done to it.</summary>
    public (string What, byte[] File) Create(int number)
    {
        var random = new Random(HashCode(seed, number));
        var original = originals[random.Next(originals.Count)];
        var parts = CheckpointParts.Of(original);
        return random.Next(12) switch
        {
            0 or 1 or 2 => Field(parts, random),
            3 => Members(parts, random),
            4 => Fingerprint(parts, random),
            5 or 6 => OneNumber(parts, random),
            7 => ManyNumbers(parts, random),
            8 => Length(parts, random),
            9 => Flipped(original, random),
            10 => Cut(original, random),
            _ => Prefix(original, random),
        };
    }

    // Not the framework's, which differs from process to process.
    private static int HashCode(int seed, int number) => unchecked((seed * 1_000_003) + number);

    private static (string, byte[]) Field(CheckpointParts parts, Random random)
    {
        var header = JsonNode.Parse(parts.Header)!.AsObject();
        var what = "header:";
        for (var changes = random.Next(1, 3); changes > 0; changes--)
        {
            var name = Pick(header.Select(member => member.Key).ToArray(), random);
            var value = Pick(Values, random);
            header[name] = value == "1e999" ? JsonValue.Create("1e999") : JsonNode.Parse(value);
            what += $" {name} = {value}";
        }

        return (what, (parts with { Header = header.ToJsonString() }).ToFile());
    }

    private static (string, byte[]) Members(CheckpointParts parts, Random random)
    {
        var header = JsonNode.Parse(parts.Header)!.AsObject();
        var name = Pick(header.Select(member => member.Key).ToArray(), random);
        var member = $"\"{name}\":";
        var (what, text) = random.Next(6) switch
        {
            0 => ("dropped", Without(header, name)),
            1 => ("renamed", parts.Header.Replace(member, $"\"{name}2\":", StringComparison.Ordinal)),
            2 => ("twice", parts.Header.Replace(member, $"{member}{Pick(Values, random)},{member}", StringComparison.Ordinal)),
            3 => ("in lower case", parts.Header.Replace(member, member.ToLowerInvariant(), StringComparison.Ordinal)),
            4 => ("deeply nested", parts.Header.Replace(member, member + new string('[', 100_000), StringComparison.Ordinal)),
            _ => ("added to", parts.Header.Replace(member, $"\"More\":{Pick(Values, random)},{member}", StringComparison.Ordinal)),
        };
        return ($"header: {name} {what}", (parts with { Header = text }).ToFile());
    }

    private static string Without(JsonObject header, string name)
    {
        header.Remove(name);
        return header.ToJsonString();
    }

    private static (string, byte[]) Fingerprint(CheckpointParts parts, Random random)
    {
        var header = JsonNode.Parse(parts.Header)!.AsObject();
        var fingerprint = header["Fingerprint"]!.AsObject();
        var name = Pick(fingerprint.Select(member => member.Key).ToArray(), random);
        string what;
        switch (random.Next(5))
        {
            case 0:
                fingerprint.Remove(name);
                what = "dropped";
                break;
            case 1:
                fingerprint[name] = null;
                what = "null";
                break;
            case 2:
                fingerprint[name] = new string('x', random.Next(2_000_000));
                what = "long";
                break;
            case 3:
                for (var i = 0; i < 20_000; i++)
                {
                    fingerprint[$"more{i}"] = "";
                }

                what = "among 20,000 others";
                break;
            default:
                fingerprint[name] = JsonNode.Parse(Pick(Values, random));
                what = "other";
                break;
        }

        return ($"fingerprint: {name} {what}", (parts with { Header = header.ToJsonString() }).ToFile());
    }

    private static (string, byte[]) OneNumber(CheckpointParts parts, Random random)
    {
        var place = random.Next(parts.Body.Length / 4) * 4;
        var number = Pick(Numbers, random);
        BinaryPrimitives.WriteSingleLittleEndian(parts.Body.AsSpan(place), number);
        return ($"body: {number} at {place}", parts.ToFile());
    }

    private static (string, byte[]) ManyNumbers(CheckpointParts parts, Random random)
    {
        var from = random.Next(parts.Body.Length / 4) * 4;
        var number = Pick(Numbers, random);
        var length = Math.Min(random.Next(1, 3000), (parts.Body.Length - from) / 4);
        for (var i = 0; i < length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(parts.Body.AsSpan(from + (4 * i)), number);
        }

        return ($"body: {length} times {number} from {from}", parts.ToFile());
    }

    private static (string, byte[]) Length(CheckpointParts parts, Random random)
    {
        var body = parts.Body;
        var change = random.Next(1, body.Length / 2);
        body = random.Next(4) switch
        {
            0 => body[..^change],
            1 => body[..^(change / 4 * 4)],
            2 => [.. body, .. new byte[change]],
            _ => [.. body[..(change / 4 * 4)], .. body[(change / 2 / 4 * 4)..]],
        };
        return ($"body: {body.Length - parts.Body.Length:+0;-0} bytes", (parts with { Body = body }).ToFile());
    }

    private static (string, byte[]) Flipped(byte[] original, Random random)
    {
        var file = (byte[])original.Clone();
        var header = BinaryPrimitives.ReadInt32LittleEndian(file);
        for (var flips = random.Next(1, 5); flips > 0; flips--)
        {
            file[random.Next(2) == 0 ? random.Next(4 + header) : random.Next(file.Length)] ^= (byte)(1 << random.Next(8));
        }

        return random.Next(3) == 0 ? ("flipped bits", file) : ("flipped bits, checksum right", CheckpointParts.Hashed(file[..^32]));
    }

    private static (string, byte[]) Cut(byte[] original, Random random) => random.Next(5) switch
    {
        0 => ("cut", original[..random.Next(original.Length)]),
        1 => ("cut, checksum right", CheckpointParts.Hashed(original[..random.Next(original.Length)])),
        2 => ("zeros behind", [.. original, .. new byte[random.Next(1, 100_000)]]),
        3 => ("zeros", new byte[random.Next(original.Length)]),
        _ => ("random bytes", Bytes(random)),
    };

    private static (string, byte[]) Prefix(byte[] original, Random random)
    {
        var file = (byte[])original.Clone();
        int[] lengths = [-1, 0, 1, 2, int.MinValue, int.MaxValue, 1 << 20, (1 << 20) + 1, file.Length, file.Length - 4, file.Length - 36];
        var length = Pick(lengths, random);
        BinaryPrimitives.WriteInt32LittleEndian(file, length);
        return ($"header of {length} bytes", CheckpointParts.Hashed(file[..^32]));
    }

    private static byte[] Bytes(Random random)
    {
        var bytes = new byte[random.Next(2000)];
        random.NextBytes(bytes);
        return bytes;
    }

    private static T Pick<T>(T[] choices, Random random) => choices[random.Next(choices.Length)];
}
