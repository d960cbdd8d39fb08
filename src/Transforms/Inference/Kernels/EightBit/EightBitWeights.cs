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
    /// <summary>The largest weight.</summary>
    public const int Largest = sbyte.MaxValue;

    /// <summary>
    /// The most that weights of one sign add up to among those whose products processors without an instruction of their own add in 16
    /// bits: with the largest byte just within them. They are eight of sixteen inputs, two of every four.
    /// </summary>
    public const int MostTogether = short.MaxValue / byte.MaxValue;

    /// <summary>Inputs that are multiplied together.</summary>
    public const int Together = 4;

    /// <summary>The most products of a sum for which it stays within 32 bits, whatever bytes and weights are.</summary>
    public const int MostProducts = int.MaxValue / (2 * byte.MaxValue * Largest);

    /// <summary>The largest 16-bit weight of a stem.</summary>
    public const int LargestWide = 2047;

    /// <summary>The largest 16-bit value of an image.</summary>
    public const int LargestPixel = 4095;

    /// <summary>The same for 16-bit weights and values.</summary>
    public const int MostWideProducts = int.MaxValue / (LargestWide * LargestPixel);

    private readonly int _outputs;

    /// <summary>Packs weights.</summary>
    /// <param name="layer">The convolution.</param>
    /// <param name="pixel">Bytes from a pixel of its input to the next.</param>
    /// <param name="block">Outputs of a block.</param>
    /// <param name="isWide">Whether weights and values have 16 bits.</param>
    /// <exception cref="InvalidOperationException">Sums may not fit into 32 bits.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public EightBitWeights(FoldedConvolution layer, int pixel, int block, bool isWide = false)
    {
        var size = isWide ? sizeof(short) : 1;
        RowBytes = Multiples.RoundUp(layer.Kernel * pixel, isWide ? ByteMap.ImageUnit : ByteMap.ChannelUnit);
        if ((long)layer.Kernel * layer.Kernel * (pixel / size) > (isWide ? MostWideProducts : MostProducts))
        {
            throw new InvalidOperationException(
                $"Sums of {layer.Kernel}² × {pixel / size} products of integers may not fit into 32 bits.");
        }

        (_outputs, Outputs) = (layer.Outputs, Multiples.RoundUp(layer.Outputs, block));
        var rounded = new RoundedWeights(layer, isWide);
        (Scale, Sums) = (new double[Outputs], new int[Outputs]);
        rounded.Scales.CopyTo(Scale, 0);
        PerOutput = layer.Kernel * RowBytes;
        Packed = new AlignedBuffer((long)Outputs * PerOutput / sizeof(float));
        var packed = (sbyte*)Packed.Pointer;
        for (var output = 0; output < layer.Outputs; output++)
        {
            var first = packed + ((long)(output / block * block) * PerOutput) + (output % block * Together);
            for (var i = 0; i < layer.Inputs; i++)
            {
                for (var tap = 0; tap < layer.Kernel * layer.Kernel; tap++)
                {
                    var place = (tap / layer.Kernel * RowBytes) + (tap % layer.Kernel * pixel) + (i * size);
                    var weight = rounded[output, i, tap];
                    var to = first + ((long)(place / Together) * block * Together) + (place % Together);
                    if (isWide)
                    {
                        *(short*)to = (short)weight;
                    }
                    else
                    {
                        *to = (sbyte)weight;
                    }

                    Sums[output] += weight;
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

    /// <summary>Bytes of them for a row of the kernel, side by side as those that it reads: a whole number of steps.</summary>
    public int RowBytes { get; }

    /// <summary>The sum of each output's.</summary>
    public int[] Sums { get; }

    /// <summary>What a weight of 1 stands for, by output.</summary>
    public double[] Scale { get; }

    /// <summary>What sums begin with, so that a byte of <paramref name="zero"/> adds nothing.</summary>
    /// <param name="zero">The byte that means 0.</param>
    /// <param name="offset">See <see cref="IDots{TVector}.Offset"/>.</param>
    public AlignedBuffer Start(int zero, int offset)
    {
        var start = new AlignedBuffer(Outputs);
        for (var output = 0; output < Outputs; output++)
        {
            ((int*)start.Pointer)[output] = (offset - zero) * Sums[output];
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
