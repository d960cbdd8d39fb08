using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>
/// Blocks of six pixels by two vectors of outputs, whose products are added four at a time, or of 16 bits two at a time: a row of a stem's
/// kernel is 21 values and no whole number of larger steps.
/// </summary>
internal sealed unsafe class DotConvolution<TIntegers, TDots, TVector>(
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
        var later = place.Later;
        for (var row = Rows; row > 0; row--, x += nextRow)
        {
            var end = x + rowBytes;
            do
            {
                Prefetch(later, ahead);
                later += ahead;

                Four(
                    x, 0, o0, o1, o2, o3, o4, o5, weights,
                    ref a0, ref a1, ref a2, ref a3, ref a4, ref a5, ref b0, ref b1, ref b2, ref b3, ref b4, ref b5);
                if (TDots.Step == ByteMap.ChannelUnit)
                {
                    Four(
                        x, 1, o0, o1, o2, o3, o4, o5, weights,
                        ref a0, ref a1, ref a2, ref a3, ref a4, ref a5, ref b0, ref b1, ref b2, ref b3, ref b4, ref b5);
                    Four(
                        x, 2, o0, o1, o2, o3, o4, o5, weights,
                        ref a0, ref a1, ref a2, ref a3, ref a4, ref a5, ref b0, ref b1, ref b2, ref b3, ref b4, ref b5);
                    Four(
                        x, 3, o0, o1, o2, o3, o4, o5, weights,
                        ref a0, ref a1, ref a2, ref a3, ref a4, ref a5, ref b0, ref b1, ref b2, ref b3, ref b4, ref b5);
                }

                x += TDots.Step;
                weights += TDots.Step * Vectors * TIntegers.Lanes;
            }
            while (x < end);
        }

        place.Later = later;
        Store(a0, b0, ref place, destinations[0], stored: true);
        Store(a1, b1, ref place, destinations[1], count > 1);
        Store(a2, b2, ref place, destinations[2], count > 2);
        Store(a3, b3, ref place, destinations[3], count > 3);
        Store(a4, b4, ref place, destinations[4], count > 4);
        Store(a5, b5, ref place, destinations[5], count > 5);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four(
        byte* x,
        int four,
        nint o0,
        nint o1,
        nint o2,
        nint o3,
        nint o4,
        nint o5,
        byte* weights,
        ref TVector a0,
        ref TVector a1,
        ref TVector a2,
        ref TVector a3,
        ref TVector a4,
        ref TVector a5,
        ref TVector b0,
        ref TVector b1,
        ref TVector b2,
        ref TVector b3,
        ref TVector b4,
        ref TVector b5)
    {
        int at = four * EightBitWeights.Together, first = at * Vectors * TIntegers.Lanes;
        TVector wa = TIntegers.Load(weights + first), wb = TIntegers.Load(weights + first + (EightBitWeights.Together * TIntegers.Lanes));
        Add(x + o0 + at, wa, wb, ref a0, ref b0);
        Add(x + o1 + at, wa, wb, ref a1, ref b1);
        Add(x + o2 + at, wa, wb, ref a2, ref b2);
        Add(x + o3 + at, wa, wb, ref a3, ref b3);
        Add(x + o4 + at, wa, wb, ref a4, ref b4);
        Add(x + o5 + at, wa, wb, ref a5, ref b5);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(byte* bytes, TVector wa, TVector wb, ref TVector a, ref TVector b)
    {
        var four = TIntegers.Repeat(bytes);
        a = TDots.Add(a, four, wa);
        b = TDots.Add(b, four, wb);
    }
}
