using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.Tiles;

/// <summary>
/// 3×3 pixels by one group for 3×3 kernels with stride 1: of the 81 products of an input channel 32 would be with the border's zeros, and
/// are left out.
/// </summary>
/// <remarks>
/// A pixel is loaded once for all of its taps, and weights are read from memory by the multiply–add itself. The pixel in the middle has two
/// sums, because nine multiply–adds to one would take longer than all the others.
/// </remarks>
internal readonly unsafe struct WholeMapTileSide3Inner<TSimd, TVector> : IMapTile
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private const int Taps = 9;

    public static int Side => 3;

    public static int Groups => 1;

    public static bool SkipsBorder => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(
        float* source, in TileWalk walk, nint nextRow, float* weights, float* bias, float* destination, nint rowStride, Epilogue epilogue)
    {
        var lanes = TSimd.Lanes;
        var planeStride = walk.PlaneStride;
        source += nextRow + lanes;
        TVector s0 = TSimd.Load(bias), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0, s8 = s0, more = TSimd.Zero;
        for (var plane = walk.Planes; plane > 0; plane--, source += planeStride)
        {
            float* row0 = source, row1 = row0 + nextRow, row2 = row1 + nextRow;
            for (var end = source + lanes; row0 < end; row0++, row1++, row2++, weights += Taps * lanes)
            {
                TileSteps<TSimd, TVector>.PrefetchThree(weights);
                TileSteps<TSimd, TVector>.PrefetchThree(weights + (3 * lanes));
                TileSteps<TSimd, TVector>.PrefetchThree(weights + (6 * lanes));
                var x = TSimd.Fill(*row0);
                Add(x, weights, 4, ref s0);
                Add(x, weights, 3, ref s1);
                Add(x, weights, 1, ref s3);
                Add(x, weights, 0, ref s4);
                x = TSimd.Fill(row0[lanes]);
                Add(x, weights, 5, ref s0);
                Add(x, weights, 4, ref s1);
                Add(x, weights, 3, ref s2);
                Add(x, weights, 2, ref s3);
                Add(x, weights, 1, ref more);
                Add(x, weights, 0, ref s5);
                x = TSimd.Fill(row0[2 * lanes]);
                Add(x, weights, 5, ref s1);
                Add(x, weights, 4, ref s2);
                Add(x, weights, 2, ref s4);
                Add(x, weights, 1, ref s5);
                x = TSimd.Fill(*row1);
                Add(x, weights, 7, ref s0);
                Add(x, weights, 6, ref s1);
                Add(x, weights, 4, ref s3);
                Add(x, weights, 3, ref more);
                Add(x, weights, 1, ref s6);
                Add(x, weights, 0, ref s7);
                x = TSimd.Fill(row1[lanes]);
                Add(x, weights, 8, ref s0);
                Add(x, weights, 7, ref s1);
                Add(x, weights, 6, ref s2);
                Add(x, weights, 5, ref s3);
                Add(x, weights, 4, ref s4);
                Add(x, weights, 3, ref s5);
                Add(x, weights, 2, ref s6);
                Add(x, weights, 1, ref s7);
                Add(x, weights, 0, ref s8);
                x = TSimd.Fill(row1[2 * lanes]);
                Add(x, weights, 8, ref s1);
                Add(x, weights, 7, ref s2);
                Add(x, weights, 5, ref more);
                Add(x, weights, 4, ref s5);
                Add(x, weights, 2, ref s7);
                Add(x, weights, 1, ref s8);
                x = TSimd.Fill(*row2);
                Add(x, weights, 7, ref s3);
                Add(x, weights, 6, ref s4);
                Add(x, weights, 4, ref s6);
                Add(x, weights, 3, ref s7);
                x = TSimd.Fill(row2[lanes]);
                Add(x, weights, 8, ref s3);
                Add(x, weights, 7, ref more);
                Add(x, weights, 6, ref s5);
                Add(x, weights, 5, ref s6);
                Add(x, weights, 4, ref s7);
                Add(x, weights, 3, ref s8);
                x = TSimd.Fill(row2[2 * lanes]);
                Add(x, weights, 8, ref s4);
                Add(x, weights, 7, ref s5);
                Add(x, weights, 5, ref s7);
                Add(x, weights, 4, ref s8);
            }
        }

        TileSteps<TSimd, TVector>.Store(s0, destination, epilogue, stored: true);
        TileSteps<TSimd, TVector>.Store(s1, destination + lanes, epilogue, stored: true);
        TileSteps<TSimd, TVector>.Store(s2, destination + (2 * lanes), epilogue, stored: true);
        destination += rowStride;
        TileSteps<TSimd, TVector>.Store(s3, destination, epilogue, stored: true);
        TileSteps<TSimd, TVector>.Store(TSimd.Add(s4, more), destination + lanes, epilogue, stored: true);
        TileSteps<TSimd, TVector>.Store(s5, destination + (2 * lanes), epilogue, stored: true);
        destination += rowStride;
        TileSteps<TSimd, TVector>.Store(s6, destination, epilogue, stored: true);
        TileSteps<TSimd, TVector>.Store(s7, destination + lanes, epilogue, stored: true);
        TileSteps<TSimd, TVector>.Store(s8, destination + (2 * lanes), epilogue, stored: true);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(TVector x, float* weights, int tap, ref TVector sum)
        => sum = TSimd.MultiplyAdd(x, TSimd.Load(weights + (tap * TSimd.Lanes)), sum);
}
