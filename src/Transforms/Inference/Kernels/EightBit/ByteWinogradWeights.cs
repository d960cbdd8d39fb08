using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>
/// The signed bytes of <see cref="EightBitWeights"/>, transformed for F(4×4, 3×3) into integers of 16 bits, in the order in which products
/// read them: [position][block of outputs][pair of inputs][output of the block][input of the pair].
/// </summary>
internal sealed unsafe class ByteWinogradWeights
{
    /// <summary>Positions along one side of a tile.</summary>
    public const int Side = 6;

    /// <summary>
    /// The transforms of integers give 24² times the sums, modulo 2³²: 24 is what Winograd's transform of filters divides by. This is the
    /// inverse of 9; sums times 64 are left.
    /// </summary>
    public const int Inverse = 954437177;

    /// <summary>What is left of 24².</summary>
    public const int Factor = 64;

    /// <summary>
    /// The most inputs for which sums are known from what the transforms give modulo 2³²: <see cref="Factor"/> times a sum is within 32
    /// bits, because weights of one sign add up to no more than <see cref="EightBitWeights.MostTogether"/> among every eight.
    /// </summary>
    public const int MostInputs = int.MaxValue / Factor / (byte.MaxValue * Taps * Taps * EightBitWeights.MostTogether / 8);

    private const int Taps = 3;

    private readonly int[] _sums;

    /// <summary>Transforms and packs weights.</summary>
    /// <param name="layer">The convolution.</param>
    /// <param name="block">Outputs of a block.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public ByteWinogradWeights(FoldedConvolution layer, int block)
    {
        WeightPacking.RequireWhole(layer.Outputs, block, "outputs");
        WeightPacking.RequireWhole(layer.Inputs, 2, "inputs");
        var rounded = new RoundedWeights(layer);
        (_sums, Scale) = (new int[layer.Outputs], rounded.Scales);
        Packed = new AlignedBuffer((long)Side * Side * layer.Inputs * layer.Outputs * sizeof(short) / sizeof(float));
        var weights = stackalloc int[Taps * Taps];

        // Of a block and a pair of inputs, before they are copied to where each position's lie: those distances are often powers of two,
        // and writes to all of them in turns would push each other out of the cache.
        var run = 2 * block;
        var together = stackalloc short[Side * Side * run];
        var to = (short*)Packed.Pointer;
        var position = (nint)layer.Inputs * layer.Outputs;
        for (var first = 0; first < layer.Outputs; first += block)
        {
            for (var i = 0; i < layer.Inputs; i += 2, to += run)
            {
                for (var place = 0; place < run; place++)
                {
                    var (output, input) = (first + (place / 2), i + (place % 2));
                    for (var tap = 0; tap < Taps * Taps; tap++)
                    {
                        weights[tap] = rounded[output, input, tap];
                        _sums[output] += weights[tap];
                    }

                    Transform(weights, together + place, run);
                }

                for (var j = 0; j < Side * Side; j++)
                {
                    new ReadOnlySpan<short>(together + (j * run), run).CopyTo(new Span<short>(to + (j * position), run));
                }
            }
        }
    }

    /// <summary>The weights.</summary>
    public AlignedBuffer Packed { get; }

    /// <summary>What a weight of 1 stands for, by output.</summary>
    public double[] Scale { get; }

    /// <summary>What is added to <see cref="Factor"/> times a sum, so that a byte of <paramref name="zero"/> adds nothing.</summary>
    public int Start(int output, int zero) => -Factor * zero * _sums[output];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transform(int* weights, short* to, nint position)
    {
        var columns = stackalloc int[Side * Taps];
        for (var column = 0; column < Taps; column++)
        {
            Line(weights[column], weights[Taps + column], weights[(2 * Taps) + column], columns + column, Taps);
        }

        var row = stackalloc int[Side];
        for (var i = 0; i < Side; i++, columns += Taps)
        {
            Line(columns[0], columns[1], columns[2], row, 1);
            for (var j = 0; j < Side; j++, to += position)
            {
                *to = (short)row[j];
            }
        }
    }

    // 24 times the transform of filters, but 12 in place of 24 in the last, so that words suffice: the outputs make up for it. No
    // magnitudes of one add up to more than 12, and 12 · 12 · 127 is below 2¹⁵.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Line(int a, int b, int c, int* to, int step)
    {
        to[0] = 6 * a;
        to[step] = -4 * (a + b + c);
        to[2 * step] = -4 * (a - b + c);
        to[3 * step] = a + (2 * b) + (4 * c);
        to[4 * step] = a - (2 * b) + (4 * c);
        to[5 * step] = 12 * c;
    }
}
