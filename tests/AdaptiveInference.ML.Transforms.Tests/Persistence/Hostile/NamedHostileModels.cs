using System.Text;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Persistence;

namespace AdaptiveInference.ML.Transforms.Tests.Persistence.Hostile;

/// <summary>Model files that ask for as much as they can: bombs, and the largest that the limits let pass.</summary>
internal static class NamedHostileModels
{
    private const int Megabyte = 1 << 20;

    /// <summary>All of them; a file is made when it is asked for.</summary>
    public static IReadOnlyList<(string What, Func<byte[]> Zip)> All { get; } =
    [
        ("ResNet-20 for 4096×4096", () => Zip(Cifar(20, new ImageShape(3, 4096, 4096)))),
        ("ResNet-1202 for 2048×2048", () => Zip(Cifar(1202, new ImageShape(3, 2048, 2048)))),
        ("ResNet-20 for 832×832", () => Zip(Cifar(20, new ImageShape(3, 832, 832)))),
        ("ResNet-8 for 832×832", () => Zip(Cifar(8, new ImageShape(3, 832, 832)))),
        ("ResNet-110 for 448×448", () => Zip(Cifar(110, new ImageShape(3, 448, 448)))),
        ("ResNet-1202 for 32×32", () => Zip(Cifar(1202, new ImageShape(3, 32, 32)))),
        ("ResNet-1202 for 128×128", () => Zip(Cifar(1202, new ImageShape(3, 128, 128)))),
        ("ResNet-50 for 224×224, no weights but zeros", () => Zip(ImageNet(50, new ImageShape(3, 224, 224)))),
        ("100,000 classes", () => Zip(Cifar(8, new ImageShape(3, 32, 32)) with { Classes = 100_000 })),
        ("1024×4096×4096", () => Zip(Cifar(8, new ImageShape(1, 8, 8)), text => text
            .Replace(
                "\"channels\":1,\"height\":8,\"width\":8", "\"channels\":1024,\"height\":4096,\"width\":4096", StringComparison.Ordinal))),
        ("15 million class names", () => Zip(Cifar(8, new ImageShape(1, 8, 8)), text => text
            .Replace("\"names\":[", "\"names\":[" + string.Concat(Enumerable.Repeat("\"\",", 15_000_000)), StringComparison.Ordinal))),
        ("4 million exits", () => Zip(Cifar(8, new ImageShape(1, 8, 8)), text => text
            .Replace("\"exits\":[", "\"exits\":[" + string.Join(',', Enumerable.Repeat("{}", 4_000_000)), StringComparison.Ordinal))),
        ("class names of 60 kB", () => Zip(Cifar(8, new ImageShape(1, 8, 8)) with { Classes = 1000 }, text => text
            .Replace("\"class ", "\"" + new string('c', 60_000), StringComparison.Ordinal))),
        ("400 MB of zeros behind the model's body", () => Zip(Cifar(8, new ImageShape(1, 8, 8)), tail: 400 * Megabyte)),
        ("400 MB of zeros behind the zip", () => [.. Zip(Cifar(8, new ImageShape(1, 8, 8))), .. new byte[400 * Megabyte]]),
    ];

    private static NetworkSpec Cifar(int depth, ImageShape image) => new()
    {
        Network = NetworkKind.ResNet, Architecture = ResNetArchitecture.Cifar(depth), Image = image, Classes = 2,
    };

    private static NetworkSpec ImageNet(int depth, ImageShape image)
        => Cifar(8, image) with { Architecture = ResNetArchitecture.ImageNet(depth), Classes = 1000 };

    private static byte[] Zip(NetworkSpec spec, Func<string, string>? change = null, int tail = 0)
    {
        var ones = Enumerable.Repeat(1f, spec.Image.Channels).ToArray();
        string[] names = [.. Enumerable.Range(0, spec.Classes).Select(i => $"class {i}")];
        var manifest = Encoding.UTF8.GetString(ManifestJson.Write(new ModelManifest
        {
            Network = spec.Network,
            Style = spec.Architecture.Style,
            Depth = spec.Architecture.Depth,
            Gate = spec.Gate,
            Channels = spec.Image.Channels,
            Height = spec.Image.Height,
            Width = spec.Image.Width,
            Head = spec.Head,
            Exits = [],
            AveragesHeads = false,
            GateThreshold = null,
            ChannelMean = ones,
            ChannelStandardDeviation = ones,
            Classes = ManifestClasses.Of(ClassLabels.OfNames(names)),
            Columns = new ScoringColumns("Features", "Score", "PredictedLabel", "ExecutionPath", "ComputeFraction"),
        }));
        var parts = new ModelParts
        {
            Manifest = Encoding.UTF8.GetBytes(change?.Invoke(manifest) ?? manifest),
            Tensors =
            [
                .. WeightLayout.Of(BlockPlan.Of(spec)).Select(
                    tensor => new StoredTensor(tensor.Name, tensor.Length, new float[tensor.Length])),
            ],
        };
        return RawModel.Zip(GatedResNetTransformer.Header, [.. parts.ToBytes(), .. new byte[tail]]);
    }
}
