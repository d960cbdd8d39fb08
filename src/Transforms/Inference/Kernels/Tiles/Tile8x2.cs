using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.Tiles;

/// <summary>8 pixels by two groups.</summary>
internal readonly unsafe struct Tile8x2<TSimd, TVector, TStep> : ITile
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
    where TStep : struct, IStep
{
    public static int Pixels => 8;

    public static int Groups => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(
        float* source, in TileWalk walk, float* weights, float* bias, float* destination, int count, Epilogue epilogue)
    {
        int lanes = TSimd.Lanes, step = TStep.Floats(lanes), run = walk.Run;
        nint planeStride = walk.PlaneStride, rowStride = walk.RowStride;
        TVector s0_0 = TSimd.Load(bias), s1_0 = s0_0, s2_0 = s0_0, s3_0 = s0_0, s4_0 = s0_0, s5_0 = s0_0, s6_0 = s0_0, s7_0 = s0_0;
        TVector s0_1 = TSimd.Load(bias + lanes), s1_1 = s0_1, s2_1 = s0_1, s3_1 = s0_1, s4_1 = s0_1, s5_1 = s0_1, s6_1 = s0_1,
            s7_1 = s0_1;
        for (var plane = walk.Planes; plane > 0; plane--, source += planeStride)
        {
            var row = source;
            for (var rows = walk.Rows; rows > 0; rows--, row += rowStride)
            {
                for (float* x = row, end = row + run; x < end; x++, weights += Groups * lanes)
                {
                    TVector w0 = TSimd.Load(weights), w1 = TSimd.Load(weights + lanes);
                    TileSteps<TSimd, TVector>.PrefetchTwo(weights);
                    TileSteps<TSimd, TVector>.Add(*x, w0, w1, ref s0_0, ref s0_1);
                    TileSteps<TSimd, TVector>.Add(x[step], w0, w1, ref s1_0, ref s1_1);
                    TileSteps<TSimd, TVector>.Add(x[2 * step], w0, w1, ref s2_0, ref s2_1);
                    TileSteps<TSimd, TVector>.Add(x[3 * step], w0, w1, ref s3_0, ref s3_1);
                    TileSteps<TSimd, TVector>.Add(x[4 * step], w0, w1, ref s4_0, ref s4_1);
                    TileSteps<TSimd, TVector>.Add(x[5 * step], w0, w1, ref s5_0, ref s5_1);
                    TileSteps<TSimd, TVector>.Add(x[6 * step], w0, w1, ref s6_0, ref s6_1);
                    TileSteps<TSimd, TVector>.Add(x[7 * step], w0, w1, ref s7_0, ref s7_1);
                }
            }
        }

        var outputStride = walk.OutputStride;
        TileSteps<TSimd, TVector>.Store(s0_0, s0_1, destination, outputStride, epilogue, stored: true);
        TileSteps<TSimd, TVector>.Store(s1_0, s1_1, destination + lanes, outputStride, epilogue, count > 1);
        TileSteps<TSimd, TVector>.Store(s2_0, s2_1, destination + (2 * lanes), outputStride, epilogue, count > 2);
        TileSteps<TSimd, TVector>.Store(s3_0, s3_1, destination + (3 * lanes), outputStride, epilogue, count > 3);
        TileSteps<TSimd, TVector>.Store(s4_0, s4_1, destination + (4 * lanes), outputStride, epilogue, count > 4);
        TileSteps<TSimd, TVector>.Store(s5_0, s5_1, destination + (5 * lanes), outputStride, epilogue, count > 5);
        TileSteps<TSimd, TVector>.Store(s6_0, s6_1, destination + (6 * lanes), outputStride, epilogue, count > 6);
        TileSteps<TSimd, TVector>.Store(s7_0, s7_1, destination + (7 * lanes), outputStride, epilogue, count > 7);
    }
}
