using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels;

/// <summary>Passes over whole feature maps that have no weights.</summary>
internal static unsafe class Pooling<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private const int PoolStride = 2;

    /// <summary>Sum over all pixels of each channel, to the map's place for them. The layer behind divides by their number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sum(float* arena, FeatureMap map)
    {
        for (var group = 0; group < map.Groups; group++)
        {
            // Four chains hide the latency of the addition.
            TVector a = TSimd.Zero, b = TSimd.Zero, c = TSimd.Zero, d = TSimd.Zero;
            var lanes = TSimd.Lanes;
            var row = arena + map.Offset + ((long)group * map.GroupStride);
            for (var y = 0; y < map.Height; y++, row += map.RowStride)
            {
                var pixel = row;
                var end = row + (map.Width * lanes);
                for (; pixel + (3 * lanes) < end; pixel += 4 * lanes)
                {
                    a = TSimd.Add(a, TSimd.Load(pixel));
                    b = TSimd.Add(b, TSimd.Load(pixel + lanes));
                    c = TSimd.Add(c, TSimd.Load(pixel + (2 * lanes)));
                    d = TSimd.Add(d, TSimd.Load(pixel + (3 * lanes)));
                }

                for (; pixel < end; pixel += lanes)
                {
                    a = TSimd.Add(a, TSimd.Load(pixel));
                }
            }

            TSimd.Store(TSimd.Add(TSimd.Add(a, b), TSimd.Add(c, d)), arena + map.Sums + (group * lanes));
        }
    }

    /// <summary>How far <see cref="Max"/> reads beyond its input; the other passes read pixels of their map and nothing else.</summary>
    public static Reach ReachOfMax(FeatureMap input, FeatureMap output, int window, int padding)
        => Reach.OfWindows(input, window, PoolStride, padding, output.Height, output.Width);

    /// <summary>
    /// Largest value of each window. Padding counts as the zeros of the border, which is exact behind a ReLU; without padding every window
    /// lies inside the map. A window with a value that is not finite gives NaN.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Max(float* arena, FeatureMap input, FeatureMap output, int window, int padding)
    {
        var origin = arena + input.Offset - (padding * (input.RowStride + TSimd.Lanes));
        for (var group = 0; group < output.Groups; group++)
        {
            for (var y = 0; y < output.Height; y++)
            {
                var source = origin + ((long)group * input.GroupStride) + ((long)PoolStride * y * input.RowStride);
                var destination = arena + output.Offset + ((long)group * output.GroupStride) + ((long)y * output.RowStride);
                for (var x = 0; x < output.Width; x++, source += PoolStride * TSimd.Lanes, destination += TSimd.Lanes)
                {
                    TSimd.Store(Largest(source, input.RowStride, window, window), destination);
                }
            }
        }
    }

    /// <summary>
    /// Adaptive average and maximum pools to a square grid, with PyTorch's bins: bin i of n covers pixels ⌊i·size/n⌋ to ⌈(i+1)·size/n⌉.
    /// </summary>
    /// <param name="arena">The worker's arena.</param>
    /// <param name="map">What is pooled.</param>
    /// <param name="average">Averages as [group][cell][lane].</param>
    /// <param name="maximum">Maxima in the same order.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Grid(float* arena, FeatureMap map, float* average, float* maximum)
    {
        const int Side = NetworkSpec.GridSide;
        for (var group = 0; group < map.Groups; group++)
        {
            var plane = arena + map.Offset + ((long)group * map.GroupStride);
            for (var cell = 0; cell < Side * Side; cell++, average += TSimd.Lanes, maximum += TSimd.Lanes)
            {
                int row = cell / Side, column = cell % Side;
                int top = row * map.Height / Side, left = column * map.Width / Side;
                var height = Multiples.Count((row + 1) * map.Height, Side) - top;
                var width = Multiples.Count((column + 1) * map.Width, Side) - left;
                var corner = plane + ((long)top * map.RowStride) + (left * TSimd.Lanes);
                TSimd.Store(TSimd.Multiply(Total(corner, map.RowStride, height, width), TSimd.Fill(1f / (height * width))), average);
                TSimd.Store(Largest(corner, map.RowStride, height, width), maximum);
            }
        }
    }

    /// <summary>Adaptive average pool to a square grid, with the bins of <see cref="Grid"/>.</summary>
    /// <param name="arena">The worker's arena.</param>
    /// <param name="map">What is pooled.</param>
    /// <param name="side">Rows and columns of the grid.</param>
    /// <param name="average">Averages as [group][cell][lane].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void GridAverage(float* arena, FeatureMap map, int side, float* average)
    {
        for (var group = 0; group < map.Groups; group++)
        {
            var plane = arena + map.Offset + ((long)group * map.GroupStride);
            for (var cell = 0; cell < side * side; cell++, average += TSimd.Lanes)
            {
                int row = cell / side, column = cell % side;
                int top = row * map.Height / side, left = column * map.Width / side;
                var height = Multiples.Count((row + 1) * map.Height, side) - top;
                var width = Multiples.Count((column + 1) * map.Width, side) - left;
                var corner = plane + ((long)top * map.RowStride) + (left * TSimd.Lanes);
                TSimd.Store(TSimd.Multiply(Total(corner, map.RowStride, height, width), TSimd.Fill(1f / (height * width))), average);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Total(float* corner, int rowStride, int height, int width)
    {
        var total = TSimd.Zero;
        for (var y = 0; y < height; y++, corner += rowStride)
        {
            for (var x = 0; x < width; x++)
            {
                total = TSimd.Add(total, TSimd.Load(corner + (x * TSimd.Lanes)));
            }
        }

        return total;
    }

    // Called for every window: without it the first images of a process would wait for the JIT to see that.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Largest(float* corner, int rowStride, int height, int width)
    {
        // A maximum forgets that a value was NaN when the next one comes. A sum remembers: x · 0 is 0, but NaN where x is NaN or infinite.
        var (largest, zeros) = (TSimd.Load(corner), TSimd.Zero);
        for (var y = 0; y < height; y++, corner += rowStride)
        {
            for (var x = 0; x < width; x++)
            {
                var value = TSimd.Load(corner + (x * TSimd.Lanes));
                largest = TSimd.Max(largest, value);
                zeros = TSimd.MultiplyAdd(value, TSimd.Zero, zeros);
            }
        }

        return TSimd.Add(largest, zeros);
    }
}
