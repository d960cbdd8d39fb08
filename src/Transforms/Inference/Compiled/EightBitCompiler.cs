using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;
using AdaptiveInference.ML.Transforms.Inference.Simd;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Inference.Compiled;

/// <summary>What blocks are compiled with where convolutions may be in 8 bits.</summary>
internal sealed class EightBitCompiler
{
    private readonly EightBitChoice? _choice;
    private readonly Int8Ranges _ranges;

    /// <param name="ranges">What bytes stand for.</param>
    /// <param name="width">Vectors of the feature maps.</param>
    /// <param name="floats">How convolutions would be computed in 32 bits.</param>
    /// <param name="everywhere">Whether all convolutions are to be in 8 bits, and not those alone that gain by it.</param>
    public EightBitCompiler(Int8Ranges ranges, VectorWidth width, ConvolutionAlgorithmChoice floats, bool everywhere)
    {
        _ranges = ranges;
        Kernels = EightBitKernels.Of(width);
        _choice = everywhere ? null : new EightBitChoice(floats, Kernels);
    }

    /// <summary>The kernels.</summary>
    public EightBitKernels Kernels { get; }

    /// <summary>What the bytes that a convolution reads stand for.</summary>
    public ByteScale Scale(ResidualBlock block, int convolution)
    {
        var (smallest, largest) = _ranges[block.Index, convolution];
        return ByteScale.Of(smallest, largest);
    }

    /// <summary>For each convolution of a body, and then for the projection, whether it is in 8 bits.</summary>
    public bool[] Choose(ResidualBlock block)
    {
        if (_choice is not null)
        {
            return _choice.For(block);
        }

        var layers = EightBitLayers.Of(block);
        var chosen = new bool[layers.Count];
        for (var i = 0; i < chosen.Length; i++)
        {
            chosen[i] = EightBitLayers.Fits(layers[i]);
        }

        return chosen;
    }
}
