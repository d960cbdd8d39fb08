using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Transforms.Inference.Folding;

/// <summary>
/// A convolution with the batch-norm behind it folded in, in double precision. Nothing is computed before a kernel packs it, so that a
/// large network is not copied once more on its way. Padding is half of the kernel.
/// </summary>
internal sealed class FoldedConvolution
{
    private readonly float[] _weights;
    private readonly double[] _scale;

    /// <summary>Takes weights [output][input][row][column], and what multiplies and is added to each output.</summary>
    public FoldedConvolution(int outputs, int inputs, int kernel, int stride, float[] weights, double[] scale, double[] bias)
    {
        Outputs = outputs;
        Inputs = inputs;
        Kernel = kernel;
        Stride = stride;
        _weights = weights;
        _scale = scale;
        Bias = bias;
    }

    public int Outputs { get; }

    public int Inputs { get; }

    /// <summary>Side of the square kernel.</summary>
    public int Kernel { get; }

    public int Stride { get; }

    /// <summary>One value per output channel.</summary>
    public double[] Bias { get; }

    /// <summary>Weight of one tap, counted row by row.</summary>
    public double this[int output, int input, int tap]
    {
        // Packing reads every weight through this and is optimised from its first call on; a method that it called would not be yet.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _weights[(((output * Inputs) + input) * Kernel * Kernel) + tap] * _scale[output];
    }

    /// <summary>The same with something added to each output.</summary>
    public FoldedConvolution Plus(ReadOnlySpan<float> biases)
    {
        var bias = new double[Outputs];
        for (var output = 0; output < bias.Length; output++)
        {
            bias[output] = Bias[output] + biases[output];
        }

        return new FoldedConvolution(Outputs, Inputs, Kernel, Stride, _weights, _scale, bias);
    }

    /// <summary>Reads a convolution and its batch-norm.</summary>
    public static FoldedConvolution Of(NetworkWeights weights, ConvolutionSpec layer)
    {
        var norm = FoldedBatchNorm.Of(weights, layer.Norm);
        return new FoldedConvolution(
            layer.Outputs, layer.Inputs, layer.Kernel, layer.Stride, weights.Array(layer.Name + ".weight"), norm.Scale, norm.Shift);
    }
}
