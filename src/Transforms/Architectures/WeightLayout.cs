namespace AdaptiveInference.ML.Transforms.Architectures;

/// <summary>Name and shape of one tensor of a network.</summary>
/// <param name="name">PyTorch's name.</param>
/// <param name="shape">Sizes, outermost first.</param>
internal sealed class TensorSpec(string name, params int[] shape)
{
    public string Name { get; } = name;

    public IReadOnlyList<int> Shape => shape;

    public int Length { get; } = Product(shape);

    /// <summary>Whether it has one row for each class.</summary>
    public bool IsByClass { get; init; }

    /// <summary>Whether the values are variances, which are 0 or more.</summary>
    public bool IsVariance => Name.EndsWith(".running_var", StringComparison.Ordinal);

    private static int Product(int[] sizes)
    {
        var product = 1;
        foreach (var size in sizes)
        {
            product = checked(product * size);
        }

        return product;
    }
}

/// <summary>
/// The tensors that a network has, by PyTorch's names and shapes, batch-norm statistics included. Torch modules, model files, checkpoint
/// import and the inference plan agree on a network because all of them agree with this list.
/// </summary>
/// <remarks>
/// Backbone names are torchvision's (<c>layer2.0.conv1.weight</c>, <c>layer2.0.downsample.0.weight</c>, <c>fc.weight</c>). A gate stands
/// with the block that it decides (<c>layer2.0.gate.…</c>), the LSTM that SkipNet's recurrent gates share is <c>control.…</c>, early exits
/// are <c>exits.0.…</c>.
/// </remarks>
internal static class WeightLayout
{
    /// <summary>All tensors in the order in which an image meets them.</summary>
    public static IReadOnlyList<TensorSpec> Of(BlockPlan plan)
    {
        var spec = plan.Spec;
        var list = new List<TensorSpec>();
        var stem = spec.Architecture.StemWidth;
        var kernel = spec.Architecture.Style == ResNetStyle.Cifar ? 3 : 7;
        Convolution(list, "conv1", stem, spec.Image.Channels, kernel);
        BatchNorm(list, "bn1", stem);
        foreach (var block in plan.Blocks)
        {
            Block(list, block);
            if (block.IsGated)
            {
                Gate(list, spec, block);
            }
        }

        if (spec is { Network: NetworkKind.SkipNet, Gate: GateKind.Recurrent })
        {
            Control(list);
        }

        for (var exit = 0; exit < spec.Exits.Count; exit++)
        {
            Head(list, $"exits.{exit}.", spec.Exits[exit].Head, plan.Blocks[spec.Exits[exit].AfterBlock].OutChannels, spec.Classes);
        }

        Head(list, HeadPrefix(spec.Head), spec.Head, plan.FeatureChannels, spec.Classes);
        return list;
    }

    /// <summary>Prefix of the last head. The pooled one is plain <c>fc</c>, as in every published checkpoint.</summary>
    public static string HeadPrefix(HeadKind head) => head == HeadKind.Pooled ? "" : "head.";

    private static void Block(List<TensorSpec> list, ResidualBlock block)
    {
        var p = block.Prefix;
        if (block.IsBottleneck)
        {
            Convolution(list, p + "conv1", block.MidChannels, block.InChannels, 1);
            BatchNorm(list, p + "bn1", block.MidChannels);
            Convolution(list, p + "conv2", block.MidChannels, block.MidChannels, 3);
            BatchNorm(list, p + "bn2", block.MidChannels);
            Convolution(list, p + "conv3", block.OutChannels, block.MidChannels, 1);
            BatchNorm(list, p + "bn3", block.OutChannels);
        }
        else
        {
            Convolution(list, p + "conv1", block.MidChannels, block.InChannels, 3);
            BatchNorm(list, p + "bn1", block.MidChannels);
            Convolution(list, p + "conv2", block.OutChannels, block.MidChannels, 3);
            BatchNorm(list, p + "bn2", block.OutChannels);
        }

        if (block.HasProjection)
        {
            Convolution(list, p + "downsample.0", block.OutChannels, block.InChannels, 1);
            BatchNorm(list, p + "downsample.1", block.OutChannels);
        }
    }

    private static void Gate(List<TensorSpec> list, NetworkSpec spec, ResidualBlock block)
    {
        var p = block.Prefix + "gate.";
        var channels = block.InChannels;
        if (spec.Network == NetworkKind.ConvNetAig)
        {
            Linear(list, p + "fc1", NetworkSpec.AigGateWidth, channels);
            BatchNorm(list, p + "fc1bn", NetworkSpec.AigGateWidth);
            Linear(list, p + "fc2", 2, NetworkSpec.AigGateWidth);
            return;
        }

        switch (spec.Gate)
        {
            case GateKind.Recurrent:
                Linear(list, p + "embed", NetworkSpec.RecurrentGateWidth, channels);
                break;
            case GateKind.FeedForwardI:
                Convolution(list, p + "conv1", channels, channels, 3);
                BatchNorm(list, p + "bn1", channels);
                Convolution(list, p + "conv2", channels, channels, 3);
                BatchNorm(list, p + "bn2", channels);
                Linear(list, p + "linear", 2, channels);
                break;
            case GateKind.FeedForwardII:
                Convolution(list, p + "conv1", channels, channels, 3);
                BatchNorm(list, p + "bn1", channels);
                Linear(list, p + "linear", 2, channels);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(spec), spec.Gate, "Unknown gate.");
        }
    }

    private static void Control(List<TensorSpec> list)
    {
        const int Width = NetworkSpec.RecurrentGateWidth;
        list.Add(new TensorSpec("control.rnn.weight_ih_l0", 4 * Width, Width));
        list.Add(new TensorSpec("control.rnn.weight_hh_l0", 4 * Width, Width));
        list.Add(new TensorSpec("control.rnn.bias_ih_l0", 4 * Width));
        list.Add(new TensorSpec("control.rnn.bias_hh_l0", 4 * Width));
        Linear(list, "control.proj", 1, Width);
    }

    private static void Head(List<TensorSpec> list, string prefix, HeadKind head, int channels, int classes)
    {
        if (head == HeadKind.Pooled)
        {
            Linear(list, prefix + "fc", classes, channels, isByClass: true);
            return;
        }

        var pooled = 2 * NetworkSpec.GridSide * NetworkSpec.GridSide * channels;
        BatchNorm(list, prefix + "bn1", pooled);
        Linear(list, prefix + "fc1", NetworkSpec.GridWidth, pooled);
        BatchNorm(list, prefix + "bn2", NetworkSpec.GridWidth);
        Linear(list, prefix + "fc2", classes, NetworkSpec.GridWidth, isByClass: true);
    }

    private static void Convolution(List<TensorSpec> list, string name, int output, int input, int kernel)
        => list.Add(new TensorSpec(name + ".weight", output, input, kernel, kernel));

    private static void Linear(List<TensorSpec> list, string name, int output, int input, bool isByClass = false)
    {
        list.Add(new TensorSpec(name + ".weight", output, input) { IsByClass = isByClass });
        list.Add(new TensorSpec(name + ".bias", output) { IsByClass = isByClass });
    }

    private static void BatchNorm(List<TensorSpec> list, string name, int channels)
    {
        foreach (var part in (string[])["weight", "bias", "running_mean", "running_var"])
        {
            list.Add(new TensorSpec($"{name}.{part}", channels));
        }
    }
}
