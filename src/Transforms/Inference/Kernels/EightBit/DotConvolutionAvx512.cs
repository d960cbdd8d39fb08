using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using Sums = System.Runtime.Intrinsics.Vector512<int>;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>
/// Blocks of seven pixels by two vectors of 512 bits. Of sixteen inputs eight products each are added in 16 bits, which
/// <see cref="EightBitWeights.MostTogether"/> leaves room for, before they are added to sums of 32: five multiplications in place of eight.
/// </summary>
internal sealed unsafe class DotConvolutionAvx512(FoldedConvolution layer, EightBitInput from, EightBitOutput output)
    : EightBitConvolution<Integers512, Sums>(layer, from, output, Pixels, offset: 0)
{
    private const int Pixels = 7;
    private const int Bytes = 64;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Block(
        ref OutputPlace place, byte* x, int* sources, byte* weights, nint ahead, int* destinations, int count)
    {
        nint o0 = sources[0], o1 = sources[1], o2 = sources[2], o3 = sources[3], o4 = sources[4], o5 = sources[5], o6 = sources[6];
        Sums a0 = Vector512.Load(place.Start), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0;
        Sums b0 = Vector512.Load(place.Start + Sums.Count), b1 = b0, b2 = b0, b3 = b0, b4 = b0, b5 = b0, b6 = b0;
        nint nextRow = NextRow, rowBytes = RowBytes;
        var later = place.Later;
        for (var row = Rows; row > 0; row--, x += nextRow)
        {
            var end = x + rowBytes;
            do
            {
                Prefetch(later, ahead);
                later += ahead;
                var wa0 = Vector512.Load((sbyte*)weights);
                var wb0 = Vector512.Load((sbyte*)weights + Bytes);
                var wa1 = Vector512.Load((sbyte*)weights + (2 * Bytes));
                var wb1 = Vector512.Load((sbyte*)weights + (3 * Bytes));
                var wa2 = Vector512.Load((sbyte*)weights + (4 * Bytes));
                var wb2 = Vector512.Load((sbyte*)weights + (5 * Bytes));
                var wa3 = Vector512.Load((sbyte*)weights + (6 * Bytes));
                var wb3 = Vector512.Load((sbyte*)weights + (7 * Bytes));
                Add(x + o0, wa0, wb0, wa1, wb1, wa2, wb2, wa3, wb3, ref a0, ref b0);
                Add(x + o1, wa0, wb0, wa1, wb1, wa2, wb2, wa3, wb3, ref a1, ref b1);
                Add(x + o2, wa0, wb0, wa1, wb1, wa2, wb2, wa3, wb3, ref a2, ref b2);
                Add(x + o3, wa0, wb0, wa1, wb1, wa2, wb2, wa3, wb3, ref a3, ref b3);
                Add(x + o4, wa0, wb0, wa1, wb1, wa2, wb2, wa3, wb3, ref a4, ref b4);
                Add(x + o5, wa0, wb0, wa1, wb1, wa2, wb2, wa3, wb3, ref a5, ref b5);
                Add(x + o6, wa0, wb0, wa1, wb1, wa2, wb2, wa3, wb3, ref a6, ref b6);
                x += ByteMap.ChannelUnit;
                weights += ByteMap.ChannelUnit * Vectors * Sums.Count;
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
        Store(a6, b6, ref place, destinations[6], count > 6);
    }

    // Sixteen inputs of a pixel.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(
        byte* x,
        Vector512<sbyte> wa0,
        Vector512<sbyte> wb0,
        Vector512<sbyte> wa1,
        Vector512<sbyte> wb1,
        Vector512<sbyte> wa2,
        Vector512<sbyte> wb2,
        Vector512<sbyte> wa3,
        Vector512<sbyte> wb3,
        ref Sums a,
        ref Sums b)
    {
        var x0 = Vector512.Create(*(int*)x).AsByte();
        var sa = Avx512BW.MultiplyAddAdjacent(x0, wa0);
        var sb = Avx512BW.MultiplyAddAdjacent(x0, wb0);
        var x1 = Vector512.Create(*(int*)(x + 4)).AsByte();
        sa = Avx512BW.Add(sa, Avx512BW.MultiplyAddAdjacent(x1, wa1));
        sb = Avx512BW.Add(sb, Avx512BW.MultiplyAddAdjacent(x1, wb1));
        var x2 = Vector512.Create(*(int*)(x + 8)).AsByte();
        sa = Avx512BW.Add(sa, Avx512BW.MultiplyAddAdjacent(x2, wa2));
        sb = Avx512BW.Add(sb, Avx512BW.MultiplyAddAdjacent(x2, wb2));
        var x3 = Vector512.Create(*(int*)(x + 12)).AsByte();
        sa = Avx512BW.Add(sa, Avx512BW.MultiplyAddAdjacent(x3, wa3));
        sb = Avx512BW.Add(sb, Avx512BW.MultiplyAddAdjacent(x3, wb3));
        a = Avx512F.Add(a, Avx512BW.MultiplyAddAdjacent(sa, Vector512<short>.One));
        b = Avx512F.Add(b, Avx512BW.MultiplyAddAdjacent(sb, Vector512<short>.One));
    }
}
