using System.Numerics.Tensors;
using AdaptiveInference.ML.Transforms.Inference.Compiled;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Kernels;
using AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Tests.Inference.Kernels.EightBit;

/// <summary>Every kernel in 8 bits that this machine can run against plain loops over integers, bit for bit, over random shapes.</summary>
[TestClass]
public sealed class EightBitConvolutionTests
{
    private static readonly int[] Channels = [1, 3, 5, 16, 17, 24, 32, 40, 64];
    private static readonly int[] Sides = [1, 2, 3, 4, 5, 7, 8, 9, 13, 14, 17, 20];

    [TestMethod]
    [DataRow(1, 1)]
    [DataRow(1, 2)]
    [DataRow(3, 1)]
    [DataRow(3, 2)]
    public void Run_RandomShapes_GivesTheBitsOfTheReference(int kernel, int stride)
    {
        var random = new Random(kernel + (10 * stride));
        for (var round = 0; round < 40; round++)
        {
            Check(random, kernel, stride, Pick(random, Channels), Pick(random, Channels), Pick(random, Sides), Pick(random, Sides));
        }

        // Several panels, and weights that are prefetched.
        Check(random, kernel, stride, 300, 40, 28, 28);
        Check(random, kernel, stride, 256, 136, 9, 8);
    }

    [TestMethod]
    [DataRow(3, 1)]
    [DataRow(3, 2)]
    [DataRow(7, 2)]
    public void Run_Image_GivesTheBitsOfTheReference(int kernel, int stride)
    {
        if (!SixteenBitKernels.IsSupported)
        {
            Assert.Inconclusive("There are no kernels in 16 bits for this processor.");
        }

        var random = new Random(kernel + (10 * stride));
        for (var round = 0; round < 20; round++)
        {
            CheckImage(random, kernel, stride, channels: 1 + (round % 4), Pick(random, Channels), Pick(random, Sides), Pick(random, Sides));
        }

        CheckImage(random, kernel, stride, 3, 64, 40, 61);
    }

    [TestMethod]
    public void Run_LargestBytesAndWeights_DoNotSaturate()
    {
        var random = new Random(1);
        foreach (var sign in (float[])[1, -1])
        {
            Check(random, 3, 1, 64, 16, 5, 5, _ => sign, _ => 255);
        }
    }

    [TestMethod]
    [DataRow(3, 1, 64, 64, 4, 4, true)]
    [DataRow(1, 1, 64, 64, 4, 4, false)]
    [DataRow(3, 2, 64, 64, 4, 4, false)]
    [DataRow(3, 1, 72, 64, 4, 4, false)]
    [DataRow(3, 1, 64, 72, 4, 4, false)]
    [DataRow(3, 1, 64, 64, 3, 4, false)]
    [DataRow(3, 1, 64, 64, 4, 3, false)]
    [DataRow(3, 1, 928, 64, 4, 4, false)]
    public void HasWinograd_OtherShapes_SaysNo(int kernel, int stride, int inputs, int outputs, int height, int width, bool has)
    {
        foreach (var kernels in EightBitKernels.Available)
        {
            var says = kernels.HasWinograd(kernel, stride, inputs, outputs, height, width);
            Assert.AreEqual(has && kernels.Lanes > 4, says, $"{kernels.Kind}");
        }
    }

    [TestMethod]
    public void Available_OfThisMachine_EndsWithTheFastest()
    {
        var kinds = EightBitKernels.Available.Select(kernels => kernels.Kind).ToArray();

        CollectionAssert.AreEqual(kinds.Order().ToArray(), kinds);
        Assert.AreEqual(DotInstructions.Portable, kinds[0]);
        foreach (var width in VectorWidthChoice.Available)
        {
            Assert.IsLessThanOrEqualTo((int)width, EightBitKernels.Of(width).Lanes);
        }
    }

    [TestMethod]
    public void Convolution_SumsThatMayNotFit_IsRefused()
    {
        var layout = new ArenaLayout(VectorWidth.Bits128);
        var many = EightBitWeights.MostProducts + 1;
        var layer = new FoldedConvolution(1, many, 1, 1, new float[many], [1], [0]);
        var input = layout.SharedBytes("input", many, 1, 1);

        Assert.ThrowsExactly<InvalidOperationException>(
            () => EightBitKernels.Of(VectorWidth.Bits128)
                .Convolution(layer, new EightBitInput(input, new ByteScale(1, 0)), EightBitOutput.Of(layout.Map(1, 1, 1))));
    }

    [TestMethod]
    [DataRow(-1f, 1f, 2 / 255.0, 128)]
    [DataRow(0f, 2.55f, 0.01, 0)]
    [DataRow(1f, 2.55f, 0.01, 0)]
    [DataRow(-2.55f, -1f, 0.01, 255)]
    [DataRow(0f, 0f, 1e-30, 0)]
    public void Of_Range_CoversItAndZero(float smallest, float largest, double scale, int zero)
    {
        var bytes = ByteScale.Of(smallest, largest);

        Assert.AreEqual(scale, bytes.Scale, 1e-8 * scale + (scale < 1e-20 ? 0 : 1e-9));
        Assert.AreEqual(zero, bytes.Zero);
    }

    // Whole vectors of words and of sums, in every vector width; sides that tiles divide and others, one chunk and several, parts of the
    // outputs. Of 896 inputs the largest sums are just within what can be told from them modulo 2³².
    [TestMethod]
    [DataRow(32, 32, 4, 4)]
    [DataRow(64, 64, 7, 7)]
    [DataRow(32, 64, 5, 6)]
    [DataRow(64, 32, 9, 11)]
    [DataRow(128, 64, 14, 14)]
    [DataRow(64, 64, 28, 28)]
    [DataRow(32, 96, 31, 17)]
    [DataRow(896, 32, 4, 4)]
    public void Run_ShapesOfWinograd_GivesTheBitsOfTheReference(int inputs, int outputs, int height, int width)
    {
        // Narrow processors have the direct kernels alone, which are compared on these shapes too.
        var kernels = EightBitKernels.Available.Last();
        Assert.AreEqual(kernels.Lanes >= 8, kernels.HasWinograd(3, 1, inputs, outputs, height, width));
        var random = new Random(inputs + height);
        Check(random, 3, 1, inputs, outputs, height, width);
        foreach (var sign in (float[])[1, -1])
        {
            Check(random, 3, 1, inputs, outputs, height, width, _ => sign, _ => 255);
        }
    }

    private static int Pick(Random random, int[] values) => values[random.Next(values.Length)];

    private static unsafe void Check(
        Random random, int kernel, int stride, int inputs, int outputs, int height, int width,
        Func<int, float>? weight = null, Func<int, double>? value = null)
    {
        var weights = Enumerable.Range(0, outputs * inputs * kernel * kernel)
            .Select(weight ?? (_ => (random.NextSingle() * 2) - 1)).ToArray();
        double[] bias = [.. Enumerable.Range(0, outputs).Select(_ => random.NextDouble())];
        double[] gain = [.. Enumerable.Range(0, outputs).Select(_ => random.NextDouble() + 0.5)];
        var layer = new FoldedConvolution(outputs, inputs, kernel, stride, weights, gain, bias);
        var x = KernelBench.RandomMap(random, inputs, height, width);
        if (value is not null)
        {
            for (var i = 0; i < x.Values.Length; i++)
            {
                x.Values[i] = value(i);
            }
        }

        // Some values lie beyond the range.
        var from = value is not null ? new ByteScale(1, 0) : ByteScale.Of(-0.9f * random.NextSingle(), 0.9f);
        var to = ByteScale.Of(0, inputs * kernel * kernel / 4f);
        var reference = new EightBitReference(layer, x, from);
        foreach (var vectors in VectorWidthChoice.Available)
        {
            foreach (var (kernels, isWinograd) in EightBitKernels.Available.Where(kernels => kernels.Lanes <= (int)vectors)
                .SelectMany(kernels => new[] { (kernels, false), (kernels, true) }))
            {
                if (isWinograd && !kernels.HasWinograd(kernel, stride, inputs, outputs, height, width))
                {
                    continue;
                }

                var what = $"{kernel}×{kernel}/{stride}, {inputs}→{outputs}, {height}×{width}, {vectors}, {kernels.Kind}, {isWinograd}";
                var layout = new ArenaLayout(vectors, workers: 2);
                var input = layout.Map(inputs, height, width);
                var output = layout.Map(outputs, reference.Height, reference.Width);
                var bytes = layout.SharedBytes("input", inputs, height, width);
                var result = layout.SharedBytes("output", outputs, reference.Height, reference.Width);
                var (rounded, near) = (layout.Map(inputs, height, width), layout.Map(outputs, reference.Height, reference.Width));
                var weights8 = new RoundedWeights(layer).ToFloats();
                EightBitInput of = new(bytes, from);
                EightBitOutput toBytes = EightBitOutput.Of(result, to), toFloats = EightBitOutput.Of(output);
                Convolution[] steps =
                [
                    EightBitKernels.Quantise(input, bytes, from),
                    isWinograd ? kernels.Winograd(layer, of, toBytes, layout) : kernels.Convolution(layer, of, toBytes),
                    isWinograd ? kernels.Winograd(layer, of, toFloats, layout) : kernels.Convolution(layer, of, toFloats),
                    EightBitKernels.Round(input, rounded, from),
                    EightBitKernels.Round(rounded, rounded, from),
                    KernelsOfWidth.Of(vectors).Convolution(weights8, rounded, near, ConvolutionAlgorithm.Direct, layout),
                ];
                var arena = new Arena(layout, helpers: 1);
                KernelBench.Write(arena, input, x);
                foreach (var epilogue in (Epilogue[])[Epilogue.None, Epilogue.Relu, Epilogue.Add | Epilogue.Relu])
                {
                    var before = KernelBench.RandomMap(random, outputs, reference.Height, reference.Width);
                    KernelBench.Write(arena, output, before);
                    KernelBench.Write(arena, near, before);
                    foreach (var step in steps)
                    {
                        for (var part = step.Parts - 1; part >= 0; part--)
                        {
                            step.Run(arena.Origin, arena.Scratch(part % 2), part, epilogue);
                        }
                    }

                    CollectionAssert.AreEqual(reference.Floats(before, epilogue), KernelBench.Read(arena, output), $"{what}, {epilogue}");
                    KernelBench.AssertBorderIsZero(arena, output, what);
                    CollectionAssert.AreEqual(reference.Bytes(to), Read(arena, result), $"{what}, bytes");

                    // By kernels for floats the same up to the last bits of sums, which are more where thousands of equal values are added.
                    var floats = KernelBench.Read(arena, near);
                    var distance = TensorPrimitives.Distance<float>(reference.Floats(before, epilogue), floats);
                    Assert.IsLessThanOrEqualTo(
                        (inputs < 500 ? 1e-5f : 1e-4f) * TensorPrimitives.Norm<float>(floats), distance, $"{what}, {epilogue}, floats");
                    KernelBench.AssertBorderIsZero(arena, rounded, what);
                }

                GC.KeepAlive((steps, arena));
            }
        }
    }

    private static unsafe void CheckImage(Random random, int kernel, int stride, int channels, int outputs, int height, int width)
    {
        float[] weights = [.. Enumerable.Range(0, outputs * channels * kernel * kernel).Select(_ => (random.NextSingle() * 2) - 1)];
        double[] ones = [.. Enumerable.Repeat(1.0, outputs)];
        var layer = new FoldedConvolution(outputs, channels, kernel, stride, weights, ones, ones);
        var x = KernelBench.RandomMap(random, channels, height, width);
        var from = ByteScale.Of((float)x.Values.Min(), (float)x.Values.Max(), 4095);
        var reference = new EightBitReference(layer, x, from, isWide: true);
        foreach (var vectors in VectorWidthChoice.Available)
        {
            var what = $"{kernel}×{kernel}/{stride}, {channels}→{outputs}, {height}×{width}, {vectors}";
            var layout = new ArenaLayout(vectors);
            var image = layout.Image(new ImageShape(channels, height, width), kernel / 2);
            var output = layout.Map(outputs, reference.Height, reference.Width);
            var steps = SixteenBitKernels.Stem(layer, layout, image, output);
            var arena = new Arena(layout);
            KernelBench.Write(arena, image, x);
            foreach (var step in steps)
            {
                for (var part = step.Parts - 1; part >= 0; part--)
                {
                    step.Run(arena.Origin, arena.Origin, part, Epilogue.Relu);
                }
            }

            CollectionAssert.AreEqual(reference.Floats(x, Epilogue.Relu), KernelBench.Read(arena, output), what);
            KernelBench.AssertBorderIsZero(arena, output, what);
            GC.KeepAlive((steps, arena));
        }
    }

    // Whole, so that a border that was written is found.
    private static unsafe byte[] Read(Arena arena, ByteMap map)
    {
        var all = new ReadOnlySpan<byte>(arena.Origin + map.Start, (int)map.Length).ToArray();
        var pixels = new byte[map.Channels * map.Height * map.Width];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (channel, pixel) = Math.DivRem(i, map.Height * map.Width);
            ref var value = ref all[map.RowStride + map.PixelStride + (pixel / map.Width * map.RowStride)
                + (pixel % map.Width * map.PixelStride) + channel];
            (pixels[i], value) = (value, 0);
        }

        Assert.IsTrue(all.All(value => value == 0), "The border, or a channel beyond the last, was written.");
        return pixels;
    }
}
