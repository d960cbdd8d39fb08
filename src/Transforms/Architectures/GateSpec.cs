namespace AdaptiveInference.ML.Transforms.Architectures;

/// <summary>The network that decides for each image whether a block runs. It reads what the block reads.</summary>
/// <remarks>
/// To add a gate: a class here, and its twin in each of the places that switch over these (compiled gates, torch modules, ONNX).
/// </remarks>
internal abstract class GateSpec
{
    /// <summary>The gate's own layers as they are stored: an array, so that a model is loaded without a list to compile.</summary>
    public abstract LayerSpec[] Layers { get; }

    /// <summary>Whether a gate that says neither (a probability of exactly one half) is open: ConvNet-AIG's rule, not SkipNet's.</summary>
    public virtual bool OpensAtTie => false;

    /// <summary>Multiply–accumulates of evaluating it once, with what gates share.</summary>
    public virtual long Macs => LayerSpec.MacsOf(Layers);
}

/// <summary>
/// ConvNet-AIG (Veit and Belongie, ECCV 2018, section 3.2): global average pool → C→16 → batch-norm → ReLU → 16→2 (closed, open).
/// </summary>
internal sealed class AigGateSpec : GateSpec
{
    public AigGateSpec(string prefix, int channels)
    {
        First = new LinearSpec(prefix + "fc1", channels, NetworkSpec.AigGateWidth);
        Norm = new BatchNormSpec(prefix + "fc1bn", NetworkSpec.AigGateWidth);
        Second = new LinearSpec(prefix + "fc2", NetworkSpec.AigGateWidth, 2);
    }

    public LinearSpec First { get; }

    public BatchNormSpec Norm { get; }

    public LinearSpec Second { get; }

    /// <inheritdoc />
    public override LayerSpec[] Layers => [First, Norm, Second];

    /// <inheritdoc />
    public override bool OpensAtTie => true;
}

/// <summary>
/// SkipNet's recurrent gate (Wang et al., ECCV 2018, section 3.2): global average pool → an embedding of its own → an LSTM and a projection
/// that all gates share.
/// </summary>
internal sealed class RecurrentGateSpec(string prefix, int channels, ControlSpec control) : GateSpec
{
    public LinearSpec Embedding { get; } = new(prefix + "embed", channels, NetworkSpec.RecurrentGateWidth);

    /// <inheritdoc />
    public override LayerSpec[] Layers => [Embedding];

    /// <inheritdoc />
    public override long Macs => Embedding.Macs + control.Lstm.Macs + control.Projection.Macs;
}

/// <summary>What all recurrent gates of a SkipNet share.</summary>
internal sealed class ControlSpec
{
    public LstmSpec Lstm { get; } = new("control.rnn", NetworkSpec.RecurrentGateWidth);

    public LinearSpec Projection { get; } = new("control.proj", NetworkSpec.RecurrentGateWidth, 1);
}

/// <summary>
/// SkipNet's feed-forward gates: I: max pool 2×2 → 3×3 → 3×3 with stride 2; II: 3×3 with stride 2; each convolution with batch-norm and
/// ReLU, then global average pool → linear to two values (closed, open).
/// </summary>
internal sealed class FeedForwardGateSpec : GateSpec
{
    public FeedForwardGateSpec(string prefix, bool pools, int channels, int height, int width)
    {
        if (pools)
        {
            Pool = new PoolSpec(2, 2, 0);
            var first = Layer(1, 1, height / Pool.Window, width / Pool.Window);
            Convolutions = [first, Layer(2, 2, first.OutHeight, first.OutWidth)];
        }
        else
        {
            Convolutions = [Layer(1, 2, height, width)];
        }

        Linear = new LinearSpec(prefix + "linear", channels, 2);

        ConvolutionSpec Layer(int number, int stride, int inHeight, int inWidth) => new($"{prefix}conv{number}", $"{prefix}bn{number}")
        {
            Inputs = channels,
            Outputs = channels,
            Kernel = 3,
            Stride = stride,
            InHeight = inHeight,
            InWidth = inWidth,
        };
    }

    /// <summary>What comes first; null where nothing does.</summary>
    public PoolSpec? Pool { get; }

    public IReadOnlyList<ConvolutionSpec> Convolutions { get; }

    public LinearSpec Linear { get; }

    /// <inheritdoc />
    public override LayerSpec[] Layers => [.. Convolutions, Linear];
}
