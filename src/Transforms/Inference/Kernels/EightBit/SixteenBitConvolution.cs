using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>
/// The stem over an image in 16 bits: blocks of six pixels by two vectors of outputs, a pair of channels at a time. A row of its kernel is
/// 21 values and no whole number of larger steps.
/// </summary>
internal sealed unsafe class SixteenBitConvolution<TIntegers, TDots, TVector>(
    FoldedConvolution layer, EightBitInput from, EightBitOutput output)
    : EightBitConvolution<TIntegers, TVector>(layer, from, output, Pixels, TDots.Offset)
    where TIntegers : struct, IIntegers<TVector>
    where TDots : struct, IDots<TVector>
    where TVector : struct
{
    private const int Pixels = 6;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Block(
        ref OutputPlace place, byte* x, int* sources, byte* weights, nint ahead, int* destinations, int count)
    {
        nint o0 = sources[0], o1 = sources[1], o2 = sources[2], o3 = sources[3], o4 = sources[4], o5 = sources[5];
        TVector a0 = TIntegers.Load(place.Start), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0;
        TVector b0 = TIntegers.Load(place.Start + TIntegers.Lanes), b1 = b0, b2 = b0, b3 = b0, b4 = b0, b5 = b0;
        nint nextRow = NextRow, rowBytes = RowBytes;
        for (var row = Rows; row > 0; row--, x += nextRow)
        {
            var end = x + rowBytes;
            do
            {
                TVector wa = TIntegers.Load(weights), wb = TIntegers.Load(weights + (ByteMap.ImageUnit * TIntegers.Lanes));
                Add(x + o0, wa, wb, ref a0, ref b0);
                Add(x + o1, wa, wb, ref a1, ref b1);
                Add(x + o2, wa, wb, ref a2, ref b2);
                Add(x + o3, wa, wb, ref a3, ref b3);
                Add(x + o4, wa, wb, ref a4, ref b4);
                Add(x + o5, wa, wb, ref a5, ref b5);
                x += ByteMap.ImageUnit;
                weights += ByteMap.ImageUnit * Vectors * TIntegers.Lanes;
            }
            while (x < end);
        }

        Store(a0, b0, ref place, destinations[0], stored: true);
        Store(a1, b1, ref place, destinations[1], count > 1);
        Store(a2, b2, ref place, destinations[2], count > 2);
        Store(a3, b3, ref place, destinations[3], count > 3);
        Store(a4, b4, ref place, destinations[4], count > 4);
        Store(a5, b5, ref place, destinations[5], count > 5);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(byte* pair, TVector wa, TVector wb, ref TVector a, ref TVector b)
    {
        var both = TIntegers.Repeat(pair);
        a = TDots.Add(a, both, wa);
        b = TDots.Add(b, both, wb);
    }
}
