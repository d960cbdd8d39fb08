using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.Tiles;

/// <summary>8 pixels by one group.</summary>
internal readonly unsafe struct Tile8x1<TSimd, TVector, TStep> : ITile
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
    where TStep : struct, IStep
{
    public static int Pixels => 8;

    public static int Groups => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(
        float* source, in TileWalk walk, float* weights, float* bias, float* destination, int count, Epilogue epilogue)
    {
        int lanes = TSimd.Lanes, step = TStep.Floats(lanes), run = walk.Run;
        nint planeStride = walk.PlaneStride, rowStride = walk.RowStride;
        TVector s0 = TSimd.Load(bias), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
        for (var plane = walk.Planes; plane > 0; plane--, source += planeStride)
        {
            var row = source;
            for (var rows = walk.Rows; rows > 0; rows--, row += rowStride)
            {
                for (float* x = row, end = row + run; x < end; x++, weights += lanes)
                {
                    TVector w = TSimd.Load(weights);
                    s0 = TSimd.MultiplyAdd(TSimd.Fill(*x), w, s0);
                    s1 = TSimd.MultiplyAdd(TSimd.Fill(x[step]), w, s1);
                    s2 = TSimd.MultiplyAdd(TSimd.Fill(x[2 * step]), w, s2);
                    s3 = TSimd.MultiplyAdd(TSimd.Fill(x[3 * step]), w, s3);
                    s4 = TSimd.MultiplyAdd(TSimd.Fill(x[4 * step]), w, s4);
                    s5 = TSimd.MultiplyAdd(TSimd.Fill(x[5 * step]), w, s5);
                    s6 = TSimd.MultiplyAdd(TSimd.Fill(x[6 * step]), w, s6);
                    s7 = TSimd.MultiplyAdd(TSimd.Fill(x[7 * step]), w, s7);
                }
            }
        }

        TileSteps<TSimd, TVector>.Store(s0, destination, epilogue, stored: true);
        TileSteps<TSimd, TVector>.Store(s1, destination + lanes, epilogue, count > 1);
        TileSteps<TSimd, TVector>.Store(s2, destination + (2 * lanes), epilogue, count > 2);
        TileSteps<TSimd, TVector>.Store(s3, destination + (3 * lanes), epilogue, count > 3);
        TileSteps<TSimd, TVector>.Store(s4, destination + (4 * lanes), epilogue, count > 4);
        TileSteps<TSimd, TVector>.Store(s5, destination + (5 * lanes), epilogue, count > 5);
        TileSteps<TSimd, TVector>.Store(s6, destination + (6 * lanes), epilogue, count > 6);
        TileSteps<TSimd, TVector>.Store(s7, destination + (7 * lanes), epilogue, count > 7);
    }
}
