using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Interop;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Tests.Inference;

namespace AdaptiveInference.ML.Transforms.Tests.Persistence.Hostile;

/// <summary>
/// Model files that nobody's trainer wrote: whole files of small networks, altered in one to three places, their checksum put right. The
/// same seed and number give the same file.
/// </summary>
internal sealed class HostileModels(int seed)
{
    private const long MostWeights = 6_000_000;

    private static readonly ScoringColumns Columns = new("Features", "Score", "PredictedLabel", "ExecutionPath", "ComputeFraction");

    private static readonly string[] Numbers =
    [
        "-2147483649", "-2147483648", "-1", "0", "1", "2", "3", "7", "8", "14", "32", "100", "224", "255", "256", "512", "1000", "1024",
        "1202",
        "2048", "4095", "4096", "4097", "65536", "100000", "1000000", "2147483647", "2147483648", "1e10", "9007199254740993", "1.5", "-0.0",
        "1e-40", "3.4e38", "-3.4e38", "1e39", "1e308", "1e999",
    ];

    private static readonly string[] Others =
    [
        "null", "true", "false", "\"\"", "\"text\"", "\"NaN\"", "[]", "{}", "[[[[[[[[[[1]]]]]]]]]]", "[1,2,3]", "\"\\ud800\"",
        "{\"a\":{\"a\":1}}",
    ];

    private static readonly float[] Extremes =
        [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 3e38f, -3e38f, 1e30f, -1e30f, 1e19f, 1e-44f, 0, -1, -1e-6f];

    private readonly GatedResNetModel[] _bases = [.. Specs().Select((spec, i) => Model(spec, i))];

    /// <summary>A file.</summary>
    /// <param name="number">Which, from 0.</param>
    /// <returns>What was done to it, and its bytes.</returns>
    public (string What, byte[] Zip) Create(int number)
    {
        var random = new Random(HashCode(seed, number));
        var parts = ModelParts.Of(_bases[random.Next(_bases.Length)], Columns);
        var what = new List<string>();
        Action<ModelParts, Random, List<string>>[] changes =
        [
            Value, Type, Member, Image, Image, Network, Network, Lists, Exits, Exits, Weights, Weights, Weights, Variances, Tensors, Text,
            Scale,
        ];
        for (var changed = 1 + (random.Next(3) * random.Next(2)); changed > 0; changed--)
        {
            changes[random.Next(changes.Length)](parts, random, what);
        }

        var header = random.Next(8) == 0 ? AdaptiveFeaturesTransformer.Header : GatedResNetTransformer.Header;
        return (string.Join(", ", what), Bytes(parts, header, random, what));
    }

    private static int HashCode(int seed, int number) => unchecked((seed * 1_000_003) + (number * 7919));

    private static IEnumerable<NetworkSpec> Specs()
    {
        NetworkSpec Of(NetworkKind network, int depth, ImageShape image, GateKind gate = GateKind.Recurrent) => new()
        {
            Network = network, Architecture = ResNetArchitecture.Cifar(depth), Gate = gate, Image = image, Classes = 4,
        };

        yield return Of(NetworkKind.SkipNet, 8, new ImageShape(1, 12, 12));
        yield return Of(NetworkKind.SkipNet, 8, new ImageShape(3, 16, 16), GateKind.FeedForwardI);
        yield return Of(NetworkKind.SkipNet, 8, new ImageShape(2, 9, 13), GateKind.FeedForwardII) with { Head = HeadKind.Grid };
        yield return Of(NetworkKind.ConvNetAig, 14, new ImageShape(3, 32, 32)) with
        {
            Exits = [new ExitSpec(1, HeadKind.Pooled), new ExitSpec(3, HeadKind.Grid)], AveragesHeads = true,
        };
        yield return Of(NetworkKind.ResNet, 8, new ImageShape(3, 32, 32)) with { Exits = [new ExitSpec(1, HeadKind.Pooled)] };
    }

    private static GatedResNetModel Model(NetworkSpec spec, int seed)
    {
        var network = new RandomNetwork(spec, seed);
        return new GatedResNetModel(
            network.Plan,
            network.Weights,
            network.Statistics,
            ClassLabels.OfNames(["bag", "boot", "coat", "dress"]),
            new ScoringPolicy { ExitConfidence = [.. spec.Exits.Select(_ => 0.9f)] });
    }

    // A number or text of the manifest becomes another of its kind.
    private static void Value(ModelParts parts, Random random, List<string> what) => Replace(parts, random, what, Pick(random, Numbers));

    private static void Type(ModelParts parts, Random random, List<string> what) => Replace(parts, random, what, Pick(random, Others));

    private static void Replace(ModelParts parts, Random random, List<string> what, string text)
    {
        var places = Places(parts.Manifest);
        if (places.Count == 0)
        {
            return;
        }

        var (start, length, path) = Pick(random, places);
        parts.Manifest = [.. parts.Manifest[..start], .. Encoding.UTF8.GetBytes(text), .. parts.Manifest[(start + length)..]];
        what.Add($"{path} = {(text.Length > 40 ? "…" : text)}");
        Refit(parts, random);
    }

    private static void Member(ModelParts parts, Random random, List<string> what) => Change(parts, random, what, root =>
    {
        JsonObject[] objects = [root, .. root.Select(member => member.Value).OfType<JsonObject>()];
        var chosen = Pick(random, objects);
        if (chosen.Count == 0)
        {
            return "";
        }

        var (name, value) = Pick(random, chosen.ToArray());
        switch (random.Next(3))
        {
            case 0:
                chosen.Remove(name);
                return $"without {name}";
            case 1:
                chosen.Remove(name);
                chosen[name + "2"] = value;
                return $"{name} renamed";
            default:
                chosen["more"] = value?.DeepClone();
                return "one more member";
        }
    });

    private static void Image(ModelParts parts, Random random, List<string> what) => Change(parts, random, what, root =>
    {
        int[] sides = [1, 2, 3, 5, 16, 31, 64, 100, 224, 500, 512, 700, 900, 1024, 2048, 4096];
        var (height, width) = (Pick(random, sides), Pick(random, sides));
        (root["height"], root["width"]) = (height, width);
        if (random.Next(3) == 0)
        {
            int[] all = [1, 2, 4, 16, 17, 100, 1024];
            var channels = Pick(random, all);
            root["channels"] = channels;
            root["channelMean"] = new JsonArray([.. Enumerable.Repeat(100, channels).Select(value => (JsonNode)value)]);
            root["channelStandardDeviation"] = new JsonArray([.. Enumerable.Repeat(50, channels).Select(value => (JsonNode)value)]);
        }

        return $"images of {root["channels"]}×{height}×{width}";
    });

    private static void Network(ModelParts parts, Random random, List<string> what) => Change(parts, random, what, root =>
    {
        var network = Pick(random, Enum.GetNames<NetworkKind>());
        var gate = Pick(random, Enum.GetNames<GateKind>());
        var head = Pick(random, Enum.GetNames<HeadKind>());
        int[] cifar = [8, 14, 20, 32, 110, 500, 1202], imageNet = [18, 34, 50, 101, 152];
        var style = Pick(random, Enum.GetNames<ResNetStyle>());
        var depth = Pick(random, style == nameof(ResNetStyle.Cifar) ? cifar : imageNet);
        (root["network"], root["gate"], root["head"], root["style"], root["depth"]) = (network, gate, head, style, depth);
        return $"{network} {style} {depth} {gate} {head}";
    });

    private static void Lists(ModelParts parts, Random random, List<string> what) => Change(parts, random, what, root =>
    {
        int[] sizes = [0, 1, 5, 1000, 30_000, 100_000, 100_001, 1_000_000];
        var size = Pick(random, sizes);
        var name = Pick(random, (string[])["names", "names", "values", "channelMean", "channelStandardDeviation", "exits"]);
        JsonNode element = name switch
        {
            "exits" => JsonNode.Parse("{\"afterBlock\":1,\"head\":\"Pooled\",\"confidence\":0.5}")!,
            "names" or "values" => (JsonNode)"n",
            _ => (JsonNode)1,
        };

        // As text: a tree of that size would take longer than the file.
        var list = new StringBuilder("[").AppendJoin(',', Enumerable.Repeat(element.ToJsonString(), size)).Append(']').ToString();
        if (name is "names" or "values")
        {
            if (root["classes"] is JsonObject classes)
            {
                classes[name] = "@@";
            }
        }
        else
        {
            root[name] = "@@";
        }

        parts.Manifest = Encoding.UTF8.GetBytes(root.ToJsonString().Replace("\"@@\"", list, StringComparison.Ordinal));
        return $"{size} {name}";
    });

    private static void Exits(ModelParts parts, Random random, List<string> what) => Change(parts, random, what, root =>
    {
        var exits = new JsonArray();
        var count = random.Next(4);
        for (var i = 0; i < count; i++)
        {
            exits.Add(new JsonObject
            {
                ["afterBlock"] = random.Next(20) == 0 ? random.Next(-2, 2000) : i,
                ["head"] = Pick(random, Enum.GetNames<HeadKind>()),
                ["confidence"] = JsonNode.Parse(Pick(random, (string[])["0", "1", "0.5", "0.99", "0.99999994", "-1", "1e-45"])),
            });
        }

        root["exits"] = exits;
        root["gateThreshold"] = JsonNode.Parse(Pick(random, (string[])["null", "null", "0", "1", "0.5", "1e-45", "7"]));
        return $"{count} exits";
    });

    private static void Weights(ModelParts parts, Random random, List<string> what)
    {
        if (parts.Tensors.Count == 0)
        {
            return;
        }

        var tensor = Pick(random, parts.Tensors);
        var value = Pick(random, Extremes[random.Next(2) == 0 ? 0.. : 3..]);
        if (tensor.Values.Length == 0)
        {
            return;
        }

        if (random.Next(2) == 0)
        {
            Array.Fill(tensor.Values, value);
        }
        else
        {
            tensor.Values[random.Next(tensor.Values.Length)] = value;
        }

        what.Add(string.Create(CultureInfo.InvariantCulture, $"{tensor.Name} holds {value}"));
    }

    // All weights larger: each is an ordinary number, and their products overflow somewhere on the way.
    private static void Scale(ModelParts parts, Random random, List<string> what)
    {
        var factor = MathF.Pow(10, random.Next(1, 20));
        foreach (var tensor in parts.Tensors.Where(tensor => tensor.Name.EndsWith("weight", StringComparison.Ordinal)))
        {
            tensor.Values = [.. tensor.Values.Select(value => Math.Clamp(value * factor, -3e38f, 3e38f))];
        }

        what.Add(string.Create(CultureInfo.InvariantCulture, $"weights times {factor}"));
    }

    private static void Variances(ModelParts parts, Random random, List<string> what)
    {
        StoredTensor[] variances = [.. parts.Tensors.Where(tensor => tensor.Name.EndsWith("running_var", StringComparison.Ordinal))];
        if (variances.Length > 0 && Pick(random, variances) is { Values.Length: > 0 } tensor)
        {
            float[] values = [-1, -1e-3f, -1e-5f, -2e-5f, 0, 1e-45f, 3e38f];
            tensor.Values[random.Next(tensor.Values.Length)] = Pick(random, values);
            what.Add($"{tensor.Name} changed");
        }
    }

    private static void Tensors(ModelParts parts, Random random, List<string> what)
    {
        if (parts.Tensors.Count < 2)
        {
            return;
        }

        var tensor = Pick(random, parts.Tensors);
        int[] lengths = [-1, 0, tensor.Values.Length + 1, tensor.Values.Length - 1, int.MaxValue, int.MinValue, 100_000_000];
        switch (random.Next(7))
        {
            case 0:
                tensor.Name = Pick(
                    random, (string[])["", "weight", tensor.Name + "\0", new string('x', 300), tensor.Name.ToUpperInvariant()]);
                break;
            case 1:
                tensor.ClaimedLength = Pick(random, lengths);
                break;
            case 2:
                parts.ClaimedCount = Pick(random, lengths);
                break;
            case 3:
                parts.Tensors.Reverse();
                break;
            case 4:
                parts.Tensors.Remove(tensor);
                break;
            case 5:
                parts.Tensors.Add(tensor);
                break;
            default:
                tensor.Values = [.. tensor.Values, 1];
                tensor.ClaimedLength++;
                break;
        }

        what.Add("tensors other than described");
    }

    // What no JSON library would write.
    private static void Text(ModelParts parts, Random random, List<string> what)
    {
        var text = Encoding.UTF8.GetString(parts.Manifest);
        int[] lengths = [-1, 0, 3, int.MaxValue, 60_000_000, parts.Manifest.Length + 1, parts.Manifest.Length - 1];
        switch (random.Next(8))
        {
            case 0:
                text = text.Replace("{\"network\"", "{\"depth\":8,\"network\"", StringComparison.Ordinal);
                break;
            case 1:
                text = new string('[', random.Next(1, 200_000));
                break;
            case 2:
                text += "}";
                break;
            case 3:
                text = "";
                break;
            case 4:
                text = text.Replace("bag", new string('b', random.Next(2) == 0 ? 5000 : 10_000_000), StringComparison.Ordinal);
                break;
            case 5:
                text = new string(' ', 10_000_000) + text;
                break;
            case 6:
                parts.ClaimedManifestLength = Pick(random, lengths);
                break;
            default:
                parts.Manifest[random.Next(parts.Manifest.Length)] ^= (byte)(1 << random.Next(8));
                text = null!;
                break;
        }

        parts.Manifest = text is null ? parts.Manifest : Encoding.UTF8.GetBytes(text);
        what.Add("text of the manifest");
    }

    private static byte[] Bytes(ModelParts parts, ModelFileHeader.Header header, Random random, List<string> what)
    {
        parts.WrongHash = random.Next(40) == 0;
        var body = parts.ToBytes();
        switch (random.Next(60))
        {
            case 0:
                body = body[..random.Next(body.Length)];
                break;
            case 1:
                body[random.Next(body.Length)] ^= (byte)(1 << random.Next(8));
                break;
            case 2:
                body = [.. body, .. new byte[random.Next(1, 10_000_000)]];
                break;
        }

        var zip = RawModel.Zip(header, body);
        switch (random.Next(60))
        {
            case 0:
                zip = zip[..random.Next(zip.Length)];
                break;
            case 1:
                zip[random.Next(zip.Length)] ^= (byte)(1 << random.Next(8));
                break;
            case 2:
                zip = [.. zip, .. new byte[random.Next(1, 1_000_000)]];
                break;
        }

        return zip;
    }

    private static void Change(ModelParts parts, Random random, List<string> what, Func<JsonObject, string> change)
    {
        var before = parts.Manifest;
        try
        {
            var root = JsonNode.Parse(before)!.AsObject();
            var changed = change(root);
            if (parts.Manifest == before)
            {
                parts.Manifest = Encoding.UTF8.GetBytes(root.ToJsonString());
            }

            what.Add(changed);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException or NullReferenceException)
        {
            // What was changed before has left no object to change.
            return;
        }

        Refit(parts, random);
    }

    // Mostly with the tensors that the manifest now describes: else nothing behind it would ever be reached.
    private static void Refit(ModelParts parts, Random random)
    {
        if (random.Next(4) != 0)
        {
            parts.FitTensors(random.Next(3) == 0 ? 0 : 0.02f, MostWeights);
        }
    }

    /// <summary>Start, length and name of every value in the manifest that is not itself a list.</summary>
    private static List<(int Start, int Length, string Path)> Places(byte[] manifest)
    {
        var places = new List<(int, int, string)>();
        var reader = new Utf8JsonReader(manifest);
        var name = "";
        try
        {
            while (reader.Read() && places.Count < 1000)
            {
                name = reader.TokenType == JsonTokenType.PropertyName ? reader.GetString()! : name;
                if (reader.TokenType is JsonTokenType.Number or JsonTokenType.String or JsonTokenType.Null)
                {
                    places.Add(((int)reader.TokenStartIndex, (int)(reader.BytesConsumed - reader.TokenStartIndex), name));
                }
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // The places up to the damage.
        }

        return places;
    }

    private static T Pick<T>(Random random, IReadOnlyList<T> choices) => choices[random.Next(choices.Count)];
}
