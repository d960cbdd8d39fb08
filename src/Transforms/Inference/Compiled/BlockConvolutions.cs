using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Folding;
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
    private readonly ConvolutionWay[]? _ways;
    private readonly List<Convolution> _body = [];
    private readonly List<Convolution> _shortcut = [];
    private readonly FeatureMap[] _inputs;

    // What the next convolution reads, as far as it was made: as it is, rounded, and as bytes.
    private FeatureMap _floats;
    private FeatureMap? _rounded;
    private ByteMap? _bytes;

    public BlockConvolutions(LayerCompiler layers, ResidualBlock block, FeatureMap input, FeatureMap output)
    {
        (_layers, _block, _ways, _inputs) = (layers, block, layers.EightBit?.Ways(block), new FeatureMap[block.Body.Count]);
        _floats = input;
        Projection(output);
        for (var i = 0; i < block.Body.Count; i++)
        {
            Convolution(i, output);
        }

        InBytes = _ways?.Count(way => way == ConvolutionWay.Bytes) ?? 0;
    }

    /// <summary>Steps of the residual branch.</summary>
    public Convolution[] Body => [.. _body];

    /// <summary>Steps of the shortcut; none where it is the identity.</summary>
    public Convolution[] Shortcut => [.. _shortcut];

    /// <summary>What each convolution of the body reads, where all of them are in 32 bits.</summary>
    public FeatureMap[] Inputs => _inputs;

    /// <summary>Convolutions that kernels for bytes compute.</summary>
    public int InBytes { get; }

    private void Projection(FeatureMap output)
    {
        if (_block.Projection is { } projection)
        {
            _shortcut.Add(Way(_block.Body.Count) switch
            {
                ConvolutionWay.Bytes => _layers.Convolution(Corrected(_block.Body.Count), Bytes(_shortcut, 0), Scale(0), output),
                ConvolutionWay.RoundedFloats => _layers.RoundedConvolution(Corrected(_block.Body.Count), Rounded(_shortcut, 0), output),
                _ => _layers.Convolution(projection, _floats, output),
            });
        }
    }

    private void Convolution(int i, FeatureMap output)
    {
        _inputs[i] = _floats;
        var (layer, way, isLast) = (_block.Body[i], Way(i), i == _block.Body.Count - 1);
        if (way == ConvolutionWay.Bytes && !isLast && Way(i + 1) == ConvolutionWay.Bytes)
        {
            var bytes = BytesFor(i + 1, layer.Outputs, layer.OutHeight, layer.OutWidth);
            _body.Add(_layers.Convolution(Corrected(i), Bytes(_body, i), Scale(i), bytes, Scale(i + 1)));
            (_rounded, _bytes) = (null, bytes);
            return;
        }

        var to = isLast ? output : Between(i);
        _body.Add(way switch
        {
            ConvolutionWay.Bytes => _layers.Convolution(Corrected(i), Bytes(_body, i), Scale(i), to),
            ConvolutionWay.RoundedFloats => _layers.RoundedConvolution(Corrected(i), Rounded(_body, i), to),
            _ => _layers.Convolution(layer, _floats, to),
        });
        (_floats, _rounded, _bytes) = (to, null, null);
    }

    private ConvolutionWay Way(int convolution) => _ways is null ? ConvolutionWay.Floats : _ways[convolution];

    private ByteScale Scale(int convolution) => _layers.EightBit!.Scale(_block, convolution);

    private FoldedConvolution Corrected(int i)
    {
        var layer = i < _block.Body.Count ? _block.Body[i] : _block.Projection!;
        return _layers.EightBit!.Corrected(FoldedConvolution.Of(_layers.Weights, layer), _block, i);
    }

    private FeatureMap Between(int i)
    {
        var layer = _block.Body[i];
        return _layers.Arena.SharedMap($"{_block.Body.Count - 1 - i} before the last", layer.Outputs, layer.OutHeight, layer.OutWidth);
    }

    private ByteMap Bytes(List<Convolution> steps, int i)
    {
        if (_bytes is null)
        {
            _bytes = BytesFor(i, _floats.Channels, _floats.Height, _floats.Width);
            steps.Add(EightBitKernels.Quantise(_floats, _bytes, Scale(i)));
        }

        return _bytes;
    }

    // The input of a block stays as it is for its gate, its shortcut and its sum; what stands between convolutions is rounded where it
    // lies.
    private FeatureMap Rounded(List<Convolution> steps, int i)
    {
        if (_rounded is null)
        {
            _rounded = i > 0
                ? _floats
                : _layers.Arena.SharedMap("rounded input of a block", _floats.Channels, _floats.Height, _floats.Width);
            steps.Add(EightBitKernels.Round(_floats, _rounded, Scale(i)));
        }

        return _rounded;
    }

    // The border of a block's input holds whatever number stands for 0 there and is written each time; that of the others is never written:
    // behind a ReLU 0 stands for 0.
    private ByteMap BytesFor(int i, int channels, int height, int width)
        => _layers.Arena.SharedBytes(i == 0 ? "input of a block" : $"{_block.Body.Count - i} before the last", channels, height, width);
}
