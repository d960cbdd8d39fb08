using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Inference.Compiled;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Tests.Inference.Kernels;

/// <summary>Pools, sums and ReLU over whole maps against the reference, over random shapes at every vector width.</summary>
[TestClass]
public sealed unsafe class PoolingTests
{
    [TestMethod]
    public void Pools_RandomShapes_AgreeWithReference()
    {
        var random = new Random(11);
        for (var round = 0; round < 40; round++)
        {
            int channels = random.Next(1, 40), height = random.Next(2, 20), width = random.Next(2, 20);
            var x = KernelBench.RandomMap(random, channels, height, width);
            foreach (var vectors in VectorWidthChoice.Available)
            {
                Check(KernelsOfWidth.Of(vectors), x, $"{channels}×{height}×{width}, {vectors}");
            }
        }
    }

    [TestMethod]
    [DataRow(float.NaN)]
    [DataRow(float.PositiveInfinity)]
    public void MaxPool_OneValueThatIsNotFinite_IsNotForgotten(float value)
    {
        foreach (var vectors in VectorWidthChoice.Available)
        {
            // The first value of a window, in the middle of it and its last.
            foreach (var place in (int[])[0, 4, 7, 35])
            {
                var kernels = KernelsOfWidth.Of(vectors);
                var layout = new ArenaLayout(vectors);
                var (input, output) = (layout.Map(1, 6, 6), layout.Map(1, 3, 3));
                var arena = new Arena(layout);
                arena.Origin[input.Offset + (place / 6 * input.RowStride) + (place % 6 * input.Lanes)] = value;

                kernels.MaxPool(arena.Origin, input, output, window: 2, padding: 0);

                var at = (place / 12 * output.RowStride) + (place % 6 / 2 * output.Lanes);
                Assert.IsTrue(float.IsNaN(arena.Origin[output.Offset + at]), $"{vectors}, {place}");
            }
        }
    }

    private static void Check(KernelsOfWidth kernels, ReferenceMap x, string what)
    {
        var layout = new ArenaLayout(kernels.Width);
        var input = layout.Map(x.Channels, x.Height, x.Width);
        var halved = layout.Map(x.Channels, x.Height / 2, x.Width / 2);
        var stem = layout.Map(x.Channels, (x.Height + 1) / 2, (x.Width + 1) / 2);
        var padded = input.Groups * input.Lanes;
        var grid = layout.Vector(2L * 16 * padded);
        var arena = new Arena(layout);
        KernelBench.Write(arena, input, x);

        kernels.MaxPool(arena.Origin, input, halved, window: 2, padding: 0);
        KernelBench.AssertHolds(arena, halved, x.MaxPool(2, 0), 0, what);

        kernels.Sum(arena.Origin, input);
        var averages = x.AdaptivePool(1, Enumerable.Average);
        for (var c = 0; c < x.Channels; c++)
        {
            Assert.AreEqual(averages[c] * x.Height * x.Width, arena.Origin[input.Sums + c], 1e-4, what);
        }

        kernels.GridPool(arena.Origin, input, arena.Origin + grid, arena.Origin + grid + (16 * padded));
        AssertGrid(x.AdaptivePool(4, Enumerable.Average), arena.Origin + grid, input, 16, 1e-5, what);
        AssertGrid(x.AdaptivePool(4, Enumerable.Max), arena.Origin + grid + (16 * padded), input, 16, 0, what);
        kernels.GridAverage(arena.Origin, input, 2, arena.Origin + grid);
        AssertGrid(x.AdaptivePool(2, Enumerable.Average), arena.Origin + grid, input, 4, 1e-5, what);

        // The stem's pool reads the zero border as padding, which is exact only for what a ReLU leaves.
        KernelBench.Write(arena, input, x.Relu());
        kernels.MaxPool(arena.Origin, input, stem, window: 3, padding: 1);
        KernelBench.AssertHolds(arena, stem, x.Relu().MaxPool(3, 1), 0, what);
    }

    private static void AssertGrid(double[] expected, float* actual, FeatureMap map, int cells, double tolerance, string what)
    {
        for (var i = 0; i < expected.Length; i++)
        {
            var (channel, cell) = Math.DivRem(i, cells);
            var value = actual[(((channel / map.Lanes * cells) + cell) * map.Lanes) + (channel % map.Lanes)];
            Assert.AreEqual(expected[i], value, tolerance, $"{what}, channel {channel}, cell {cell}");
        }
    }
}
