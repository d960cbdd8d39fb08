using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Transforms.Tests.PyTorch;

/// <summary>
/// Makes the tensors of the original projects' networks, written down here from their definitions and independently of the name maps.
/// </summary>
internal static class Checkpoints
{
    public delegate void Add(string name, params int[] shape);

    /// <summary>Names and shapes that the original code's <c>state_dict()</c> has, step counts included.</summary>
    public static List<(string Name, int[] Shape)> Tensors(PyTorchImportOptions options)
    {
        var list = new List<(string, int[])>();
        void Put(string name, params int[] shape) => list.Add((name, shape));
        var cifar = options.Architecture.Style == ResNetStyle.Cifar;
        var stem = options.Architecture.StemWidth;
        var kernel = cifar ? 3 : 7;
        var expansion = options.Architecture.IsBottleneck ? 4 : 1;
        Put("conv1.weight", stem, options.ImageShape?.Channels ?? 3, kernel, kernel);
        BatchNorm(Put, "bn1", stem);
        int channels = stem, stage = 0;
        foreach (var blocks in options.Architecture.BlocksPerStage)
        {
            var planes = stem << stage++;
            for (var i = 0; i < blocks; i++)
            {
                var projected = (stage > 1 && i == 0) || channels != planes * expansion;
                Block(Put, options, stage, i, channels, planes, expansion, projected);
                channels = planes * expansion;
            }
        }

        if (options is { Network: NetworkKind.SkipNet, Gate: GateKind.Recurrent })
        {
            Put("control.rnn.weight_ih_l0", 40, 10);
            Put("control.rnn.weight_hh_l0", 40, 10);
            Put("control.rnn.bias_ih_l0", 40);
            Put("control.rnn.bias_hh_l0", 40);
            Put("control.proj.weight", [1, 10, .. cifar ? (int[])[] : [1, 1]]);
            Put("control.proj.bias", 1);
        }

        var head = options.Network == NetworkKind.ConvNetAig ? "linear" : "fc";
        Put(head + ".weight", options.ClassNames!.Count, channels);
        Put(head + ".bias", options.ClassNames!.Count);
        return list;
    }

    private static void Block(
        Add add, PyTorchImportOptions options, int stage, int i, int channels, int planes, int expansion, bool projected)
    {
        var skipNet = options.Network == NetworkKind.SkipNet;
        var prefix = skipNet ? $"group{stage}_layer{i}." : $"layer{stage}.{i}.";
        if (projected && skipNet)
        {
            Projection(add, $"group{stage}_ds{i}", planes * expansion, channels);
        }

        if (expansion == 4)
        {
            add(prefix + "conv1.weight", planes, channels, 1, 1);
            BatchNorm(add, prefix + "bn1", planes);
            add(prefix + "conv2.weight", planes, planes, 3, 3);
            BatchNorm(add, prefix + "bn2", planes);
            add(prefix + "conv3.weight", planes * 4, planes, 1, 1);
            BatchNorm(add, prefix + "bn3", planes * 4);
        }
        else
        {
            add(prefix + "conv1.weight", planes, channels, 3, 3);
            BatchNorm(add, prefix + "bn1", planes);
            add(prefix + "conv2.weight", planes, planes, 3, 3);
            BatchNorm(add, prefix + "bn2", planes);
        }

        if (projected)
        {
            Projection(
                add, prefix + (options.Network == NetworkKind.ConvNetAig ? "shortcut" : "downsample"), planes * expansion, channels);
        }

        if (options.Network == NetworkKind.ConvNetAig)
        {
            add(prefix + "fc1.weight", 16, channels, 1, 1);
            add(prefix + "fc1.bias", 16);
            BatchNorm(add, prefix + "fc1bn", 16);
            add(prefix + "fc2.weight", 2, 16, 1, 1);
            add(prefix + "fc2.bias", 2);
        }
        else if (skipNet)
        {
            SkipNetGate(add, options.Gate, $"group{stage}_gate{i}.", planes * expansion);
        }
    }

    private static void SkipNetGate(Add add, GateKind gate, string prefix, int channels)
    {
        if (gate == GateKind.Recurrent)
        {
            add(prefix + "1.weight", 10, channels, 1, 1);
            add(prefix + "1.bias", 10);
            return;
        }

        add(prefix + "conv1.weight", channels, channels, 3, 3);
        BatchNorm(add, prefix + "bn1", channels);
        if (gate == GateKind.FeedForwardI)
        {
            add(prefix + "conv2.weight", channels, channels, 3, 3);
            BatchNorm(add, prefix + "bn2", channels);
        }

        add(prefix + "linear_layer.weight", 2, channels, 1, 1);
        add(prefix + "linear_layer.bias", 2);
    }

    private static void Projection(Add add, string name, int output, int input)
    {
        add(name + ".0.weight", output, input, 1, 1);
        BatchNorm(add, name + ".1", output);
    }

    private static void BatchNorm(Add add, string name, int channels)
    {
        add(name + ".weight", channels);
        add(name + ".bias", channels);
        add(name + ".running_mean", channels);
        add(name + ".running_var", channels);
        add(name + ".num_batches_tracked", 1);
    }

    /// <summary>
    /// Values that tell a tensor from every other: each depends on the name, and a projection's two copies are equal. Scaled so that
    /// signals keep their size through a deep network.
    /// </summary>
    public static float[] ValuesOf(string name, int[] shape)
    {
        var seed = name.Replace("_ds", "_layer", StringComparison.Ordinal).Replace(".downsample.", ".", StringComparison.Ordinal)
            .Aggregate(17u, (hash, letter) => unchecked((hash * 31) + letter));
        var scale = shape.Length == 1 ? 0.1f : MathF.Sqrt(2f / shape.Skip(1).Aggregate(1, (product, size) => product * size));
        var values = new float[shape.Aggregate(1, (product, size) => product * size)];
        var variance = name.EndsWith("running_var", StringComparison.Ordinal);
        for (var i = 0; i < values.Length; i++)
        {
            // Not System.Random, which takes seconds for a ResNet-50.
            seed = unchecked((seed * 1664525) + 1013904223);
            var uniform = (seed >> 8) / (float)(1 << 24);
            values[i] = variance ? 0.5f + uniform : scale * ((2 * uniform) - 1);
        }

        return values;
    }
}
