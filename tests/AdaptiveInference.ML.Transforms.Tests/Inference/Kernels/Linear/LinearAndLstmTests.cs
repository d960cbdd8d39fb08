using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Compiled;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Tests.Inference.Kernels.Linear;

/// <summary>Fully connected layers and the LSTM's element-wise half against plain arithmetic, at every vector width.</summary>
[TestClass]
public sealed unsafe class LinearAndLstmTests
{
    [TestMethod]
    public void Linear_RandomSizes_AgreesWithReference()
    {
        var random = new Random(4);
        for (var round = 0; round < 50; round++)
        {
            int inputs = random.Next(1, 90), outputs = random.Next(1, 90);
            var matrix = Enumerable.Range(0, inputs * outputs).Select(_ => (random.NextSingle() * 2) - 1).ToArray();
            var bias = Enumerable.Range(0, outputs).Select(_ => (random.NextSingle() * 2) - 1).ToArray();
            var x = Enumerable.Range(0, inputs).Select(_ => (random.NextSingle() * 2) - 1).ToArray();
            var expected = ReferenceMap.Linear(matrix, bias, [.. x.Select(value => (double)value)]);
            foreach (var width in VectorWidthChoice.Available)
            {
                var layer = KernelsOfWidth.Of(width).Linear(FoldedLinear.Of(matrix, bias));
                var memory = new AlignedBuffer(inputs + 200);
                var output = memory.Pointer + ((inputs + 15) / 16 * 16);
                x.CopyTo(new Span<float>(memory.Pointer, inputs));
                foreach (var relu in (bool[])[false, true])
                {
                    layer.Run(memory.Pointer, output, relu);
                    for (var o = 0; o < outputs; o++)
                    {
                        Assert.AreEqual(relu ? Math.Max(0, expected[o]) : expected[o], output[o], 1e-5, $"{inputs}→{outputs}, {width}");
                    }
                }
            }
        }
    }

    [TestMethod]
    public void LstmStep_RandomValues_AgreesWithReference()
    {
        const int Width = 16;
        var random = new Random(8);
        foreach (var width in VectorWidthChoice.Available)
        {
            for (var round = 0; round < 20; round++)
            {
                var memory = new AlignedBuffer(6 * Width);
                float* gates = memory.Pointer, hidden = gates + (4 * Width), cell = hidden + Width;

                // Up to ±120, where an exponential overflows.
                var scale = round < 15 ? 4 : 120;
                for (var i = 0; i < 6 * Width; i++)
                {
                    memory.Pointer[i] = ((random.NextSingle() * 2) - 1) * scale;
                }

                float[] x = new Span<float>(gates, 4 * Width).ToArray(), before = new Span<float>(cell, Width).ToArray();
                KernelsOfWidth.Of(width).LstmStep(gates, hidden, cell, Width);
                for (var i = 0; i < Width; i++)
                {
                    var c = (Sigmoid(x[Width + i]) * before[i]) + (Sigmoid(x[i]) * Math.Tanh(x[(2 * Width) + i]));
                    Assert.AreEqual(c, cell[i], 1e-5 * scale, $"{width}, cell {i}");
                    Assert.AreEqual(Sigmoid(x[(3 * Width) + i]) * Math.Tanh(c), hidden[i], 2e-6, $"{width}, hidden {i}");
                }
            }
        }
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
