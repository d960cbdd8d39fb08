using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.Tiles;

/// <summary>3×3 pixels by two groups: the last stage of ImageNet networks for images of 65 to 96 pixels.</summary>
internal readonly unsafe struct WholeMapTileSide3<TSimd, TVector, TStep> : IMapTile
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
    where TStep : struct, IStep
{
    public static int Side => 3;

    public static int Groups => 2;

    public static bool SkipsBorder => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(
        float* source, in TileWalk walk, nint nextRow, float* weights, float* bias, float* destination, nint rowStride, Epilogue epilogue)
    {
        int lanes = TSimd.Lanes, step = TStep.Floats(lanes), run = walk.Run;
        nint planeStride = walk.PlaneStride, inputRow = walk.RowStride;
        TVector s0_0 = TSimd.Load(bias), s1_0 = s0_0, s2_0 = s0_0, s3_0 = s0_0, s4_0 = s0_0, s5_0 = s0_0, s6_0 = s0_0, s7_0 = s0_0,
            s8_0 = s0_0;
        TVector s0_1 = TSimd.Load(bias + lanes), s1_1 = s0_1, s2_1 = s0_1, s3_1 = s0_1, s4_1 = s0_1, s5_1 = s0_1, s6_1 = s0_1,
            s7_1 = s0_1, s8_1 = s0_1;
        for (var plane = walk.Planes; plane > 0; plane--, source += planeStride)
        {
            var row = source;
            for (var rows = walk.Rows; rows > 0; rows--, row += inputRow)
            {
                for (float* x = row, end = row + run; x < end; x++, weights += Groups * lanes)
                {
                    TVector w0 = TSimd.Load(weights), w1 = TSimd.Load(weights + lanes);
                    TileSteps<TSimd, TVector>.PrefetchTwo(weights);
                    TileSteps<TSimd, TVector>.Add(*x, w0, w1, ref s0_0, ref s0_1);
                    TileSteps<TSimd, TVector>.Add(x[step], w0, w1, ref s1_0, ref s1_1);
                    TileSteps<TSimd, TVector>.Add(x[2 * step], w0, w1, ref s2_0, ref s2_1);
                    TileSteps<TSimd, TVector>.Add(x[nextRow], w0, w1, ref s3_0, ref s3_1);
                    TileSteps<TSimd, TVector>.Add(x[nextRow + step], w0, w1, ref s4_0, ref s4_1);
                    TileSteps<TSimd, TVector>.Add(x[nextRow + (2 * step)], w0, w1, ref s5_0, ref s5_1);
                    TileSteps<TSimd, TVector>.Add(x[2 * nextRow], w0, w1, ref s6_0, ref s6_1);
                    TileSteps<TSimd, TVector>.Add(x[(2 * nextRow) + step], w0, w1, ref s7_0, ref s7_1);
                    TileSteps<TSimd, TVector>.Add(x[(2 * nextRow) + (2 * step)], w0, w1, ref s8_0, ref s8_1);
                }
            }
        }

        var outputStride = walk.OutputStride;
        TileSteps<TSimd, TVector>.Store(s0_0, s0_1, destination, outputStride, epilogue, stored: true);
        TileSteps<TSimd, TVector>.Store(s1_0, s1_1, destination + lanes, outputStride, epilogue, stored: true);
        TileSteps<TSimd, TVector>.Store(s2_0, s2_1, destination + (2 * lanes), outputStride, epilogue, stored: true);
        destination += rowStride;
        TileSteps<TSimd, TVector>.Store(s3_0, s3_1, destination, outputStride, epilogue, stored: true);
        TileSteps<TSimd, TVector>.Store(s4_0, s4_1, destination + lanes, outputStride, epilogue, stored: true);
        TileSteps<TSimd, TVector>.Store(s5_0, s5_1, destination + (2 * lanes), outputStride, epilogue, stored: true);
        destination += rowStride;
        TileSteps<TSimd, TVector>.Store(s6_0, s6_1, destination, outputStride, epilogue, stored: true);
        TileSteps<TSimd, TVector>.Store(s7_0, s7_1, destination + lanes, outputStride, epilogue, stored: true);
        TileSteps<TSimd, TVector>.Store(s8_0, s8_1, destination + (2 * lanes), outputStride, epilogue, stored: true);
    }
}
