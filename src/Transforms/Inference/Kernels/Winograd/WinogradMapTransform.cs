using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.Winograd;

/// <summary>
/// Takes a whole map through the transforms of <see cref="WinogradConvolution{TSimd,TVector,TAlgorithm}"/>, which do not depend on the
/// kind of its products: apart from them they are compiled once for all kinds, and they take the just-in-time compiler longer than any
/// other method.
/// </summary>
/// <remarks>
/// Neither is inlined: a caller with the products beside them would exceed what the compiler inlines into one method, and it would call the
/// rest of the arithmetic vector by vector.
/// </remarks>
internal static unsafe class WinogradMapTransform<TSimd, TVector, TAlgorithm>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
    where TAlgorithm : struct, IWinograd<TVector>
{
    /// <summary>From a feature map to the inputs of the products.</summary>
    /// <param name="arena">The image's arena.</param>
    /// <param name="map">What is transformed.</param>
    /// <param name="width">Tiles side by side.</param>
    /// <param name="transformed">Where the first tile goes.</param>
    /// <param name="planeStride">Floats from an input group to the next.</param>
    /// <param name="position">Floats from one of the Side² positions to the next.</param>
    /// <param name="first">First tile.</param>
    /// <param name="count">Number of tiles.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Forward(
        float* arena, FeatureMap map, int width, float* transformed, nint planeStride, nint position, int first, int count)
    {
        int lanes = TSimd.Lanes, step = TAlgorithm.Outputs * TAlgorithm.Stride;
        nint rowStride = map.RowStride;
        for (var group = 0; group < map.Groups; group++)
        {
            var plane = arena + map.Offset - rowStride - lanes + ((nint)group * map.GroupStride);
            var target = transformed + (group * planeStride);
            var (row, column) = Math.DivRem(first, width);
            for (var left = count; left > 0; row++, column = 0)
            {
                var source = plane + (((row * rowStride) + (column * lanes)) * step);
                var end = Math.Min(width, column + left);
                left -= end - column;
                for (; column < end; column++, source += step * lanes, target += lanes)
                {
                    TAlgorithm.Input(source, rowStride, target, position);
                }
            }
        }
    }

    /// <summary>From the products to a feature map.</summary>
    /// <param name="products">The first tile's.</param>
    /// <param name="planeStride">Floats from an output group to the next.</param>
    /// <param name="position">Floats from one of the Side² positions to the next.</param>
    /// <param name="biases">What is added, by output lane.</param>
    /// <param name="arena">The image's arena.</param>
    /// <param name="map">What is written.</param>
    /// <param name="width">Tiles side by side.</param>
    /// <param name="first">First tile.</param>
    /// <param name="count">Number of tiles.</param>
    /// <param name="groups">Which groups of the map.</param>
    /// <param name="epilogue">What happens before storing.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Back(
        float* products,
        nint planeStride,
        nint position,
        float* biases,
        float* arena,
        FeatureMap map,
        int width,
        int first,
        int count,
        GroupRange groups,
        Epilogue epilogue)
    {
        int lanes = TSimd.Lanes, outputs = TAlgorithm.Outputs;
        nint rowStride = map.RowStride;
        for (var group = groups.First; group < groups.End; group++)
        {
            var bias = TSimd.Load(biases + (group * lanes));
            var plane = arena + map.Offset + ((nint)group * map.GroupStride);
            var source = products + (group * planeStride);
            var (row, column) = Math.DivRem(first, width);
            for (var left = count; left > 0; row++, column = 0)
            {
                var target = plane + (((row * rowStride) + (column * lanes)) * outputs);
                var rows = Math.Min(outputs, map.Height - (row * outputs));
                var end = Math.Min(width, column + left);
                left -= end - column;
                for (; column < end; column++, source += lanes, target += outputs * lanes)
                {
                    var columns = Math.Min(outputs, map.Width - (column * outputs));
                    if (rows == outputs && columns == outputs)
                    {
                        // Constants, so that whole tiles are stored without a question for every pixel.
                        TAlgorithm.Output(source, position, bias, target, rowStride, TAlgorithm.Outputs, TAlgorithm.Outputs, epilogue);
                    }
                    else
                    {
                        BackAtEdge(source, position, bias, target, rowStride, rows, columns, epilogue);
                    }
                }
            }
        }
    }

    // A method of its own, because maps of whole tiles, as small images have them, never call it and need not wait until it is compiled.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void BackAtEdge(
        float* source, nint position, TVector bias, float* target, nint rowStride, int rows, int columns, Epilogue epilogue)
        => TAlgorithm.Output(source, position, bias, target, rowStride, rows, columns, epilogue);
}
