using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Kernels;
using AdaptiveInference.ML.Transforms.Inference.Compiled;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Tests.Inference.Kernels;

/// <summary>Every algorithm, tile and width against the textbook convolution in double precision, over random shapes.</summary>
[TestClass]
public sealed class ConvolutionTests
{
    private static readonly int[] Channels = [1, 3, 5, 16, 17, 24, 32, 40, 64];
    private static readonly int[] Sides = [1, 2, 3, 4, 5, 7, 8, 9, 10, 13, 14, 15, 16, 17, 20, 28, 33];
    private static readonly int[] RareSides = [2, 3, 4, 5, 7, 14, 28, 33];

    [TestMethod]
    [DataRow(nameof(ConvolutionAlgorithm.Direct), 1, 1)]
    [DataRow(nameof(ConvolutionAlgorithm.Direct), 1, 2)]
    [DataRow(nameof(ConvolutionAlgorithm.Direct), 3, 1)]
    [DataRow(nameof(ConvolutionAlgorithm.Direct), 3, 2)]
    [DataRow(nameof(ConvolutionAlgorithm.WinogradF2), 3, 1)]
    [DataRow(nameof(ConvolutionAlgorithm.WinogradF4), 3, 1)]
    [DataRow(nameof(ConvolutionAlgorithm.WinogradF5), 3, 1)]
    [DataRow(nameof(ConvolutionAlgorithm.WinogradStride2), 3, 2)]
    public void Run_RandomShapes_AgreesWithReference(string algorithm, int kernel, int stride)
    {
        var random = new Random(kernel + (10 * stride) + algorithm.Length);
        var parsed = Enum.Parse<ConvolutionAlgorithm>(algorithm);
        var reached = new KernelCount();
        for (var round = 0; round < 80; round++)
        {
            Draw(Pick(random, Channels), Pick(random, Channels), Pick(random, Sides), Pick(random, Sides));
        }

        // What chance seldom draws: one group of the narrowest vectors, few tiles with many groups, tile counts with a kernel of their own.
        Draw(3, 3, 14, 33);
        foreach (var side in RareSides)
        {
            Draw(16, 64, stride * side, stride * side);
        }

        reached.AssertAll(parsed, kernel, stride, image: false);

        void Draw(int inputs, int outputs, int height, int width)
        {
            if (ConvolutionAlgorithmChoice.Fits(parsed, (height + stride - 1) / stride, (width + stride - 1) / stride, stride))
            {
                Check(random, parsed, kernel, stride, inputs, outputs, height, width, image: false, reached);
            }
        }
    }

    [TestMethod]
    [DataRow(3, 1)]
    [DataRow(5, 1)]
    [DataRow(7, 2)]
    public void Run_PlanarImage_AgreesWithReference(int kernel, int stride)
    {
        var random = new Random(kernel);
        var reached = new KernelCount();
        for (var round = 0; round < 25; round++)
        {
            int inputs = random.Next(1, 6), outputs = Pick(random, Channels), height = Pick(random, Sides), width = Pick(random, Sides);
            Check(random, ConvolutionAlgorithm.Direct, kernel, stride, inputs, outputs, height, width, image: true, reached);
        }

        foreach (var side in RareSides)
        {
            Check(random, ConvolutionAlgorithm.Direct, kernel, stride, 3, 64, stride * side, stride * side, image: true, reached);
        }

        // A single group on a small map, which random channels seldom are where a vector has four lanes.
        Check(random, ConvolutionAlgorithm.Direct, kernel, stride, 3, 4, stride * 5, stride * 5, image: true, reached);
        reached.AssertAll(ConvolutionAlgorithm.Direct, kernel, stride, image: true);
    }

    [TestMethod]
    public void Run_RandomShapes_KnowsEveryKernel() => KernelCount.AssertNoneIsUnknown();

    [TestMethod]
    [DataRow(16, 28, DisplayName = "weights stay in registers, an odd number of tiles")]
    [DataRow(16, 32, DisplayName = "weights stay in registers, a whole number of tiles")]
    [DataRow(32, 14, DisplayName = "tiles of two groups")]
    [DataRow(64, 7, DisplayName = "half transformed weights, tiles beyond the edge")]
    [DataRow(64, 8, DisplayName = "half transformed weights, whole tiles")]
    [DataRow(32, 3, DisplayName = "half transformed weights, a single tile")]
    public void Run_StagesOfSmallImages_AgreesWithReference(int channels, int side)
    {
        var random = new Random(channels + side);
        Check(random, ConvolutionAlgorithm.WinogradF4, 3, 1, channels, channels, side, side, image: false);
        Check(random, ConvolutionAlgorithm.WinogradF2, 3, 1, channels, channels, side, side, image: false);
        Check(random, ConvolutionAlgorithm.WinogradStride2, 3, 2, channels, 2 * channels, side, side, image: false);
        if (ConvolutionAlgorithmChoice.Fits(ConvolutionAlgorithm.WinogradF5, side, side, stride: 1))
        {
            Check(random, ConvolutionAlgorithm.WinogradF5, 3, 1, channels, channels, side, side, image: false);
        }
    }

    [TestMethod]
    public void Run_ManyTilesAndChannels_WorksInChunks()
    {
        var random = new Random(3);
        Check(random, ConvolutionAlgorithm.WinogradF4, 3, 1, 128, 64, 45, 52, image: false);
        Check(random, ConvolutionAlgorithm.WinogradF2, 3, 1, 64, 128, 45, 38, image: false);
        Check(random, ConvolutionAlgorithm.WinogradF5, 3, 1, 128, 64, 45, 50, image: false);
        Check(random, ConvolutionAlgorithm.WinogradF2, 3, 1, 100, 32, 9, 14, image: false);
        Check(random, ConvolutionAlgorithm.WinogradStride2, 3, 2, 64, 128, 91, 104, image: false);
    }

    [TestMethod]
    [DataRow(1, 1)]
    [DataRow(1, 2)]
    [DataRow(3, 2)]
    public void Run_ManyInputsDirectly_SumsInChunks(int kernel, int stride)
    {
        var random = new Random(kernel + stride);
        Check(random, ConvolutionAlgorithm.Direct, kernel, stride, 520, 32, 13, 14, image: false);
        Check(random, ConvolutionAlgorithm.Direct, kernel, stride, 300, 64, 28, 28, image: false);
    }

    [TestMethod]
    [DataRow(3, 3, 1)]
    [DataRow(3, 3, 2)]
    [DataRow(1, 3, 2)]
    [DataRow(3, 2, 1)]
    [DataRow(3, 2, 2)]
    public void Run_LastStageOfPhotographs_AgreesWithReference(int kernel, int side, int stride)
    {
        var (random, from) = (new Random(side + stride), stride * side);
        Check(random, ConvolutionAlgorithm.Direct, kernel, stride, 250, 128, from, from, image: false);
    }

    private static int Pick(Random random, int[] values) => values[random.Next(values.Length)];

    private static unsafe void Check(
        Random random,
        ConvolutionAlgorithm algorithm,
        int kernel,
        int stride,
        int inputs,
        int outputs,
        int height,
        int width,
        bool image,
        KernelCount? reached = null)
    {
        var weights = Enumerable.Range(0, outputs * inputs * kernel * kernel).Select(_ => (random.NextSingle() * 2) - 1).ToArray();
        var bias = Enumerable.Range(0, outputs).Select(_ => random.NextDouble()).ToArray();
        var x = KernelBench.RandomMap(random, inputs, height, width);
        var sums = x.Convolve(weights, outputs, kernel, stride);
        var before = KernelBench.RandomMap(random, outputs, sums.Height, sums.Width);
        for (var i = 0; i < sums.Values.Length; i++)
        {
            sums.Values[i] += bias[i / (sums.Height * sums.Width)];
        }

        foreach (var vectors in VectorWidthChoice.Available)
        {
            var layout = new ArenaLayout(vectors, workers: 2);
            var input = image ? layout.Image(new ImageShape(inputs, height, width), kernel / 2) : layout.Map(inputs, height, width);
            var output = layout.Map(outputs, sums.Height, sums.Width);
            double[] scale = [.. Enumerable.Repeat(1.0, outputs)];
            var layer = new FoldedConvolution(outputs, inputs, kernel, stride, weights, scale, bias);
            var convolution = KernelsOfWidth.Of(vectors).Convolution(layer, input, output, algorithm, layout);
            reached?.Add(vectors, convolution);
            var arena = new Arena(layout, helpers: 1);
            KernelBench.Write(arena, input, x);
            foreach (var (epilogue, expected) in new[]
            {
                (Epilogue.None, sums),
                (Epilogue.Relu, sums.Relu()),
                (Epilogue.Add | Epilogue.Relu, sums.Mix(1, before, 1).Relu()),
            })
            {
                KernelBench.Write(arena, output, before);
                convolution.Run(arena.Origin, epilogue);
                var what = $"{algorithm} {kernel}×{kernel}/{stride}, {inputs}→{outputs}, {height}×{width}, {vectors}, {epilogue}";
                KernelBench.AssertHolds(arena, output, expected, 2e-5 * Math.Sqrt(inputs * kernel * kernel), what);
                var together = KernelBench.Read(arena, output);

                KernelBench.Write(arena, output, before);
                for (var part = convolution.Parts - 1; part >= 0; part--)
                {
                    convolution.Run(arena.Origin, arena.Scratch(part % 2), part, epilogue);
                }

                CollectionAssert.AreEqual(together, KernelBench.Read(arena, output), $"{what}, in parts");
            }

            GC.KeepAlive((convolution, arena));
        }
    }
}
