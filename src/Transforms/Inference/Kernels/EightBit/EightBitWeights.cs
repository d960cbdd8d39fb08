using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>
/// The weights of a convolution as signed bytes with one scale for each output, in the order in which tiles read them:
/// [block of outputs][row][column and input, in fours][output of the block][input of the four].
/// </summary>
internal sealed unsafe class EightBitWeights
{
    /// <summary>
    /// The largest weight: 7 bits. With 8, sums of two products would not fit into 16 bits on processors that add them there.
    /// </summary>
    public const int Largest = 64;

    /// <summary>Inputs that are multiplied together.</summary>
    public const int Together = 4;

    /// <summary>The most products of a sum for which it stays within 32 bits, whatever bytes and weights are.</summary>
    public const int MostProducts = int.MaxValue / (2 * byte.MaxValue * Largest);

    private readonly int _outputs;
    private readonly int[] _sums;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public EightBitWeights(FoldedConvolution layer, ByteMap input, int block)
    {
        var taps = layer.Kernel * layer.Kernel;
        if ((long)taps * input.PixelStride > MostProducts)
        {
            throw new InvalidOperationException($"Sums of {taps} × {input.PixelStride} products of bytes may not fit into 32 bits.");
        }

        (_outputs, Outputs) = (layer.Outputs, Multiples.RoundUp(layer.Outputs, block));
        (Scale, _sums) = (new double[Outputs], new int[Outputs]);
        PerOutput = taps * input.PixelStride;
        Packed = new AlignedBuffer((long)Outputs * PerOutput / sizeof(float));
        var packed = (sbyte*)Packed.Pointer;
        for (var output = 0; output < layer.Outputs; output++)
        {
            Scale[output] = ScaleOf(layer, output);
            var first = packed + ((long)(output / block * block) * PerOutput) + (output % block * Together);
            for (var i = 0; i < layer.Inputs; i++)
            {
                for (var tap = 0; tap < taps; tap++)
                {
                    var place = (tap * input.PixelStride) + i;
                    var weight = (sbyte)Math.Round(layer[output, i, tap] / Scale[output]);
                    first[((long)(place / Together) * block * Together) + (place % Together)] = weight;
                    _sums[output] += weight;
                }
            }
        }
    }

    /// <summary>The weights.</summary>
    public AlignedBuffer Packed { get; }

    /// <summary>Outputs, rounded up to whole blocks. Those beyond the last have weights of zero.</summary>
    public int Outputs { get; }

    /// <summary>Bytes of weights of each output.</summary>
    public int PerOutput { get; }

    /// <summary>What a weight of 1 stands for, by output.</summary>
    public double[] Scale { get; }

    /// <summary>What a weight of 1 stands for: the largest of an output's is <see cref="Largest"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double ScaleOf(FoldedConvolution layer, int output)
    {
        var (largest, taps) = (0.0, layer.Kernel * layer.Kernel);
        for (var i = 0; i < layer.Inputs; i++)
        {
            for (var tap = 0; tap < taps; tap++)
            {
                largest = Math.Max(largest, Math.Abs(layer[output, i, tap]));
            }
        }

        // An output without weights has zeros, at any scale.
        return largest > 0 ? largest / Largest : 1;
    }

    /// <summary>What sums begin with, so that a byte of <paramref name="zero"/> adds nothing.</summary>
    /// <param name="zero">The byte that means 0.</param>
    /// <param name="offset">See <see cref="IDots{TVector}.Offset"/>.</param>
    public AlignedBuffer Start(int zero, int offset)
    {
        var start = new AlignedBuffer(Outputs);
        for (var output = 0; output < Outputs; output++)
        {
            ((int*)start.Pointer)[output] = (offset - zero) * _sums[output];
        }

        return start;
    }

    /// <summary>A number for each output; 0 for those beyond the last.</summary>
    public AlignedBuffer ByOutput(Func<int, double> value)
    {
        var buffer = new AlignedBuffer(Outputs);
        for (var output = 0; output < _outputs; output++)
        {
            buffer.Pointer[output] = (float)value(output);
        }

        return buffer;
    }
}
