using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.Tiles;

/// <summary>4 pixels by four groups.</summary>
internal readonly unsafe struct Tile4x4<TSimd, TVector, TStep> : ITile
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
    where TStep : struct, IStep
{
    public static int Pixels => 4;

    public static int Groups => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(
        float* source, in TileWalk walk, float* weights, float* bias, float* destination, int count, Epilogue epilogue)
    {
        int lanes = TSimd.Lanes, step = TStep.Floats(lanes), run = walk.Run;
        nint planeStride = walk.PlaneStride, rowStride = walk.RowStride;
        TVector s0_0 = TSimd.Load(bias), s1_0 = s0_0, s2_0 = s0_0, s3_0 = s0_0;
        TVector s0_1 = TSimd.Load(bias + lanes), s1_1 = s0_1, s2_1 = s0_1, s3_1 = s0_1;
        TVector s0_2 = TSimd.Load(bias + (2 * lanes)), s1_2 = s0_2, s2_2 = s0_2, s3_2 = s0_2;
        TVector s0_3 = TSimd.Load(bias + (3 * lanes)), s1_3 = s0_3, s2_3 = s0_3, s3_3 = s0_3;
        for (var plane = walk.Planes; plane > 0; plane--, source += planeStride)
        {
            var row = source;
            for (var rows = walk.Rows; rows > 0; rows--, row += rowStride)
            {
                for (float* x = row, end = row + run; x < end; x++, weights += Groups * lanes)
                {
                    TVector w0 = TSimd.Load(weights), w1 = TSimd.Load(weights + lanes),
                        w2 = TSimd.Load(weights + (2 * lanes)), w3 = TSimd.Load(weights + (3 * lanes));
                    TileSteps<TSimd, TVector>.PrefetchFour(weights);
                    TileSteps<TSimd, TVector>.Add(*x, w0, w1, w2, w3, ref s0_0, ref s0_1, ref s0_2, ref s0_3);
                    TileSteps<TSimd, TVector>.Add(x[step], w0, w1, w2, w3, ref s1_0, ref s1_1, ref s1_2, ref s1_3);
                    TileSteps<TSimd, TVector>.Add(x[2 * step], w0, w1, w2, w3, ref s2_0, ref s2_1, ref s2_2, ref s2_3);
                    TileSteps<TSimd, TVector>.Add(x[3 * step], w0, w1, w2, w3, ref s3_0, ref s3_1, ref s3_2, ref s3_3);
                }
            }
        }

        var outputStride = walk.OutputStride;
        TileSteps<TSimd, TVector>.Store(s0_0, s0_1, s0_2, s0_3, destination, outputStride, epilogue, stored: true);
        TileSteps<TSimd, TVector>.Store(s1_0, s1_1, s1_2, s1_3, destination + lanes, outputStride, epilogue, count > 1);
        TileSteps<TSimd, TVector>.Store(s2_0, s2_1, s2_2, s2_3, destination + (2 * lanes), outputStride, epilogue, count > 2);
        TileSteps<TSimd, TVector>.Store(s3_0, s3_1, s3_2, s3_3, destination + (3 * lanes), outputStride, epilogue, count > 3);
    }
}
