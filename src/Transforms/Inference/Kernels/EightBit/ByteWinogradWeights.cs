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

    // 24 times the transform of filters, but 12 in place of 24 in the last row, so that words suffice: the outputs make up for it. No row's
    // magnitudes add up to more than 12, and 12 · 12 · 127 is below 2¹⁵.
    private static readonly int[][] s_filter = [[6, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 12]];

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
        var first = (short*)Packed.Pointer;
        var position = (nint)layer.Inputs * layer.Outputs;
        for (var output = 0; output < layer.Outputs; output++)
        {
            for (var i = 0; i < layer.Inputs; i++)
            {
                for (var tap = 0; tap < Taps * Taps; tap++)
                {
                    weights[tap] = rounded[output, i, tap];
                    _sums[output] += weights[tap];
                }

                var pair = (((nint)(output / block) * (layer.Inputs / 2)) + (i / 2)) * block;
                Transform(weights, first + ((pair + (output % block)) * 2) + (i % 2), position);
            }
        }
    }

    /// <summary>The weights.</summary>
    public AlignedBuffer Packed { get; }

    /// <summary>What a weight of 1 stands for, by output.</summary>
    public double[] Scale { get; }

    /// <summary>What is added to <see cref="Factor"/> times a sum, so that a byte of <paramref name="zero"/> adds nothing.</summary>
    public int Start(int output, int zero) => -Factor * zero * _sums[output];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transform(int* weights, short* to, nint position)
    {
        foreach (var down in s_filter)
        {
            int a = Sum(down, weights[0], weights[3], weights[6]), b = Sum(down, weights[1], weights[4], weights[7]),
                c = Sum(down, weights[2], weights[5], weights[8]);
            foreach (var across in s_filter)
            {
                *to = (short)Sum(across, a, b, c);
                to += position;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Sum(int[] row, int a, int b, int c) => (row[0] * a) + (row[1] * b) + (row[2] * c);
}
