using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Transforms.Inference;

/// <summary>
/// A convolution with the batch-norm behind it folded in, in double precision until a kernel packs it. Padding is half of the kernel.
/// </summary>
internal sealed class FoldedConvolution
{
    private readonly double[] _weights;

    /// <summary>Takes weights [output][input][row][column] and one bias per output.</summary>
    public FoldedConvolution(int outputs, int inputs, int kernel, int stride, double[] weights, double[] bias)
    {
        Outputs = outputs;
        Inputs = inputs;
        Kernel = kernel;
        Stride = stride;
        _weights = weights;
        Bias = bias;
    }

    public int Outputs { get; }

    public int Inputs { get; }

    /// <summary>Side of the square kernel.</summary>
    public int Kernel { get; }

    public int Stride { get; }

    /// <summary>One value per output channel.</summary>
    public double[] Bias { get; }

    /// <summary>Weight of one tap.</summary>
    public double this[int output, int input, int y, int x]
    {
        // Packing is compiled at once and asks for every weight; a call would go to code that has just begun to be optimised.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _weights[(((((output * Inputs) + input) * Kernel) + y) * Kernel) + x];
    }

    /// <summary>Reads a convolution and its batch-norm by their names.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static FoldedConvolution Of(
        NetworkWeights weights, string convolution, string batchNorm, int outputs, int inputs, int kernel, int stride)
    {
        var taps = weights[convolution + ".weight"];
        var norm = FoldedBatchNorm.Of(weights, batchNorm);
        var perOutput = taps.Length / outputs;
        var folded = new double[taps.Length];
        for (var i = 0; i < folded.Length; i++)
        {
            folded[i] = taps[i] * norm.Scale[i / perOutput];
        }

        return new FoldedConvolution(outputs, inputs, kernel, stride, folded, norm.Shift);
    }
}
