using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Kernels;
using AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Compiled;

/// <summary>
/// The convolutions of one block, and the ways from floats to bytes between them. What a block reads and writes is floats, whatever its
/// convolutions are in: gates, heads and skipped blocks know nothing of 8 bits. The maps between convolutions are shared by all blocks,
/// which run one after another; the last convolution adds into the output.
/// </summary>
internal sealed class BlockConvolutions
{
    private readonly LayerCompiler _layers;
    private readonly ResidualBlock _block;
    private readonly bool[]? _isEight;
    private readonly List<Convolution> _body = [];
    private readonly List<Convolution> _shortcut = [];
    private readonly FeatureMap[] _inputs;

    public BlockConvolutions(LayerCompiler layers, ResidualBlock block, FeatureMap input, FeatureMap output)
    {
        (_layers, _block, _isEight, _inputs) = (layers, block, layers.EightBit?.Choose(block), new FeatureMap[block.Body.Count]);
        var bytes = Projection(input, output);
        for (var i = 0; i < block.Body.Count; i++)
        {
            (input, bytes) = Convolution(i, input, bytes, output);
        }

        EightBit = _isEight?.Count(isEight => isEight) ?? 0;
    }

    /// <summary>Steps of the residual branch.</summary>
    public Convolution[] Body => [.. _body];

    /// <summary>Steps of the shortcut; none where it is the identity.</summary>
    public Convolution[] Shortcut => [.. _shortcut];

    /// <summary>What each convolution of the body reads, where all of them are in 32 bits.</summary>
    public FeatureMap[] Inputs => _inputs;

    /// <summary>Convolutions in 8 bits.</summary>
    public int EightBit { get; }

    // The result is the input as bytes, where the projection has it made.
    private ByteMap? Projection(FeatureMap input, FeatureMap output)
    {
        if (_block.Projection is not { } projection)
        {
            return null;
        }

        if (!IsEight(_block.Body.Count))
        {
            _shortcut.Add(_layers.Convolution(projection, input, output));
            return null;
        }

        var bytes = Quantise(_shortcut, 0, input);
        _shortcut.Add(_layers.Convolution(projection, bytes, _layers.EightBit!.Scale(_block, 0), output));
        return bytes;
    }

    private (FeatureMap Floats, ByteMap? Bytes) Convolution(int i, FeatureMap input, ByteMap? bytes, FeatureMap output)
    {
        _inputs[i] = input;
        var (layer, isLast) = (_block.Body[i], i == _block.Body.Count - 1);
        if (!IsEight(i))
        {
            var to = isLast ? output : Between(i);
            _body.Add(_layers.Convolution(layer, input, to));
            return (to, null);
        }

        bytes ??= Quantise(_body, i, input);
        var scale = _layers.EightBit!.Scale(_block, i);
        if (!isLast && IsEight(i + 1))
        {
            var to = BytesFor(i + 1, layer.Outputs, layer.OutHeight, layer.OutWidth);
            _body.Add(_layers.Convolution(layer, bytes, scale, to, _layers.EightBit.Scale(_block, i + 1)));
            return (input, to);
        }

        var floats = isLast ? output : Between(i);
        _body.Add(_layers.Convolution(layer, bytes, scale, floats));
        return (floats, null);
    }

    private bool IsEight(int convolution) => _isEight is not null && _isEight[convolution];

    private FeatureMap Between(int i)
    {
        var layer = _block.Body[i];
        return _layers.Arena.SharedMap($"{_block.Body.Count - 1 - i} before the last", layer.Outputs, layer.OutHeight, layer.OutWidth);
    }

    private ByteMap Quantise(List<Convolution> steps, int i, FeatureMap input)
    {
        var bytes = BytesFor(i, input.Channels, input.Height, input.Width);
        steps.Add(EightBitKernels.Quantise(input, bytes, _layers.EightBit!.Scale(_block, i)));
        return bytes;
    }

    // The border of a block's input holds whatever number stands for 0 there and is written each time; that of the others is never written:
    // behind a ReLU 0 stands for 0.
    private ByteMap BytesFor(int i, int channels, int height, int width)
        => _layers.Arena.SharedBytes(i == 0 ? "input of a block" : $"{_block.Body.Count - i} before the last", channels, height, width);
}
