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

    // Each of them may be rounded up by a half.
    private const int AddedTogether = ByteMap.ChannelUnit / 2;
    private const double MostBeforeRounding = MostTogether - (AddedTogether / 2.0);

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

    /// <summary>
    /// What a weight of 1 stands for: as little as <see cref="Largest"/> and <see cref="MostTogether"/> allow for all of an output's.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double ScaleOf(FoldedConvolution layer, int output)
    {
        double largest = 0, together = 0;
        for (var tap = 0; tap < layer.Kernel * layer.Kernel; tap++)
        {
            for (var first = 0; first < layer.Inputs; first += ByteMap.ChannelUnit)
            {
                var end = Math.Min(first + ByteMap.ChannelUnit, layer.Inputs);
                for (var pair = first; pair < first + Together; pair += Together / 2)
                {
                    double above = 0, below = 0;
                    for (var i = pair; i < end; i += i % 2 == 0 ? 1 : Together - 1)
                    {
                        var weight = layer[output, i, tap];
                        above += Math.Max(weight, 0);
                        below += Math.Max(-weight, 0);
                        largest = Math.Max(largest, Math.Abs(weight));
                    }

                    together = Math.Max(together, Math.Max(above, below));
                }
            }
        }

        // An output without weights has zeros, at any scale.
        return largest > 0 ? Math.Max(largest / Largest, together / MostBeforeRounding) : 1;
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
