using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.Tiles;

/// <summary>16 pixels by one group.</summary>
internal readonly unsafe struct Tile16x1<TSimd, TVector, TStep> : ITile
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
    where TStep : struct, IStep
{
    public static int Pixels => 16;

    public static int Groups => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(
        float* source, in TileWalk walk, float* weights, float* bias, float* destination, int count, Epilogue epilogue)
    {
        int lanes = TSimd.Lanes, step = TStep.Floats(lanes), run = walk.Run;
        nint planeStride = walk.PlaneStride, rowStride = walk.RowStride;
        TVector s0 = TSimd.Load(bias), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0, s8 = s0, s9 = s0, s10 = s0,
            s11 = s0, s12 = s0, s13 = s0, s14 = s0, s15 = s0;
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
                    s8 = TSimd.MultiplyAdd(TSimd.Fill(x[8 * step]), w, s8);
                    s9 = TSimd.MultiplyAdd(TSimd.Fill(x[9 * step]), w, s9);
                    s10 = TSimd.MultiplyAdd(TSimd.Fill(x[10 * step]), w, s10);
                    s11 = TSimd.MultiplyAdd(TSimd.Fill(x[11 * step]), w, s11);
                    s12 = TSimd.MultiplyAdd(TSimd.Fill(x[12 * step]), w, s12);
                    s13 = TSimd.MultiplyAdd(TSimd.Fill(x[13 * step]), w, s13);
                    s14 = TSimd.MultiplyAdd(TSimd.Fill(x[14 * step]), w, s14);
                    s15 = TSimd.MultiplyAdd(TSimd.Fill(x[15 * step]), w, s15);
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
        TileSteps<TSimd, TVector>.Store(s8, destination + (8 * lanes), epilogue, count > 8);
        TileSteps<TSimd, TVector>.Store(s9, destination + (9 * lanes), epilogue, count > 9);
        TileSteps<TSimd, TVector>.Store(s10, destination + (10 * lanes), epilogue, count > 10);
        TileSteps<TSimd, TVector>.Store(s11, destination + (11 * lanes), epilogue, count > 11);
        TileSteps<TSimd, TVector>.Store(s12, destination + (12 * lanes), epilogue, count > 12);
        TileSteps<TSimd, TVector>.Store(s13, destination + (13 * lanes), epilogue, count > 13);
        TileSteps<TSimd, TVector>.Store(s14, destination + (14 * lanes), epilogue, count > 14);
        TileSteps<TSimd, TVector>.Store(s15, destination + (15 * lanes), epilogue, count > 15);
    }
}
