using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Tests.Networks;

/// <summary>Small networks of every kind, with weights and images that are the same in every run.</summary>
internal static class TestNetworks
{
    /// <summary>Every network × gate × head, with an exit of the other head.</summary>
    public static IEnumerable<NetworkSpec> Small()
    {
        var gates = new[]
        {
            (NetworkKind.ResNet, GateKind.Recurrent), (NetworkKind.ConvNetAig, GateKind.Recurrent),
            (NetworkKind.SkipNet, GateKind.Recurrent),
            (NetworkKind.SkipNet, GateKind.FeedForwardI), (NetworkKind.SkipNet, GateKind.FeedForwardII),
        };
        return from gate in gates
               from head in Enum.GetValues<HeadKind>()
               select Cifar(gate.Item1, gate.Item2, head);
    }

    /// <summary>
    /// Every gate over ImageNet's basic blocks, and the cheap ones over bottlenecks: feed-forward gates of 2048 channels have more weights
    /// than a test can draw.
    /// </summary>
    public static IEnumerable<NetworkSpec> ImageNet()
        => from spec in Small()
           where spec.Head == HeadKind.Pooled
           from architecture in spec.Gate == GateKind.Recurrent
               ? new[]
               {
                   ResNetArchitecture.ImageNet(18), ResNetArchitecture.ImageNet(50), ResNetArchitecture.ImageNet([1, 2], bottleneck: true),
                   ResNetArchitecture.ImageNet([1, 2], bottleneck: true).WithStrideInFirstConvolution().WithStemWidth(24),
               }
               : [ResNetArchitecture.ImageNet(18), ResNetArchitecture.ImageNet([2, 1, 3])]
           select spec with
           {
               Architecture = architecture,
               Image = new ImageShape(3, 64, 48),
               Exits = [],
           };

    public static NetworkSpec Cifar(NetworkKind network, GateKind gate = GateKind.Recurrent, HeadKind head = HeadKind.Pooled) => new()
    {
        Network = network,
        Gate = gate,
        Head = head,
        Architecture = ResNetArchitecture.Cifar(14),
        Image = new ImageShape(1, 14, 12),
        Classes = 3,
        Exits = [new ExitSpec(1, head == HeadKind.Pooled ? HeadKind.Grid : HeadKind.Pooled)],
    };

    public static BlockPlan Plan(this NetworkSpec spec) => BlockPlan.Of(spec);

    /// <summary>Channels, height, width.</summary>
    public static long[] Dimensions(this NetworkSpec spec) => [spec.Image.Channels, spec.Image.Height, spec.Image.Width];

    public static string Describe(this NetworkSpec spec) => $"{spec.Network}, {spec.Gate}, {spec.Head}, {spec.Architecture}";

    /// <summary>
    /// Random weights with batch-norm statistics far from their first values, and gates that open for about half of the images.
    /// </summary>
    public static NetworkWeights Weights(BlockPlan plan, int seed)
    {
        var random = new Random(seed);
        return new NetworkWeights(plan, WeightLayout.Of(plan).ToDictionary(spec => spec.Name, spec => Values(spec, random)));
    }

    /// <summary>Standard normal pixels. [image · channel · row · column]</summary>
    public static float[] Images(NetworkSpec spec, int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count * spec.Image.Size).Select(_ => Normal(random))];
    }

    private static float[] Values(TensorSpec spec, Random random)
    {
        var isNorm = spec.Shape.Count == 1;
        var scale = isNorm ? 0.2f : MathF.Sqrt(2f / spec.Shape.Skip(1).Aggregate(1, (product, size) => product * size));
        var isFactor = isNorm
            && (spec.Name.EndsWith(".weight", StringComparison.Ordinal) || spec.Name.EndsWith("_var", StringComparison.Ordinal));

        // The last norms of the blocks are small, or sixteen blocks would add up to logits of which only rounding errors can be compared.
        var isLast = spec.Name.EndsWith(".bn2.weight", StringComparison.Ordinal)
            || spec.Name.EndsWith(".bn3.weight", StringComparison.Ordinal);
        var factor = isLast ? 0.3f : 1;
        return [.. Enumerable.Range(0, spec.Length).Select(_ => isFactor ? factor * (0.5f + random.NextSingle()) : scale * Normal(random))];
    }

    private static float Normal(Random random)
        => MathF.Sqrt(-2 * MathF.Log(1 - random.NextSingle())) * MathF.Cos(MathF.Tau * random.NextSingle());
}
