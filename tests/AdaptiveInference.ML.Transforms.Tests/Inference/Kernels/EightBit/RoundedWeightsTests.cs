using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

namespace AdaptiveInference.ML.Transforms.Tests.Inference.Kernels.EightBit;

/// <summary>What rounded weights promise kernels, and how near they are to the exact ones.</summary>
[TestClass]
public sealed class RoundedWeightsTests
{
    [TestMethod]
    [DataRow(1, 40, false)]
    [DataRow(3, 40, false)]
    [DataRow(3, 7, false)]
    [DataRow(7, 3, true)]
    public void RandomWeights_StayWithinWhatKernelsAddIn16Bits_AndNearTheExactOnes(int kernel, int inputs, bool isWide)
    {
        var layer = Layer(kernel, inputs, outputs: 24, new Random(kernel));
        var rounded = new RoundedWeights(layer, isWide);
        var taps = kernel * kernel;
        var most = isWide ? 2047 : 127;
        for (var output = 0; output < layer.Outputs; output++)
        {
            var all = (from i in Enumerable.Range(0, inputs)
                       from tap in Enumerable.Range(0, taps)
                       select (Weight: rounded[output, i, tap], Together: (tap, i / 16, i / 2 % 2))).ToList();
            Assert.IsLessThanOrEqualTo(most, all.Max(one => Math.Abs(one.Weight)));
            Assert.AreEqual(ScaleOf(layer, output, isWide), rounded.Scales[output], 1e-12 * rounded.Scales[output]);
            if (!isWide)
            {
                // Eight products of bytes in 16 bits.
                var sums = all.GroupBy(one => (one.Together, one.Weight > 0)).Max(group => group.Sum(one => Math.Abs(one.Weight)));
                Assert.IsLessThanOrEqualTo(short.MaxValue, sums * 255);
                Assert.IsTrue(sums >= 120 || all.Max(one => Math.Abs(one.Weight)) == 127, "Bits are left that nobody uses.");
            }

            for (var i = 0; i < inputs; i++)
            {
                var errors = Enumerable.Range(0, taps)
                    .Select(tap => rounded[output, i, tap] - (layer[output, i, tap] / rounded.Scales[output])).ToArray();
                Assert.IsLessThanOrEqualTo(2, errors.Max(Math.Abs));
            }
        }
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Kernels_SumsOfTaps_AreRightToHalfAStep(bool isWide)
    {
        // One input, so that nothing lies together.
        var layer = Layer(kernel: 5, inputs: 1, outputs: 60, new Random(2));
        var rounded = new RoundedWeights(layer, isWide);
        var apart = 0;
        for (var output = 0; output < layer.Outputs; output++)
        {
            for (var i = 0; i < layer.Inputs; i++)
            {
                double sum = 0, nearest = 0;
                for (var tap = 0; tap < 25; tap++)
                {
                    var exact = layer[output, i, tap] / rounded.Scales[output];
                    sum += rounded[output, i, tap] - exact;
                    nearest += Math.Round(exact) - exact;
                    Assert.IsLessThan(1, Math.Abs(rounded[output, i, tap] - exact));
                }

                Assert.IsLessThanOrEqualTo(0.5 + 1e-9, Math.Abs(sum));
                apart += Math.Abs(nearest) > 0.5 ? 1 : 0;
            }
        }

        Assert.IsGreaterThan(20, apart, "Each weight rounded by itself would do as well.");
    }

    [TestMethod]
    public void OneByOne_AreRoundedToTheNearest()
    {
        var layer = Layer(kernel: 1, inputs: 3, outputs: 5, new Random(3));
        var rounded = new RoundedWeights(layer);
        for (var output = 0; output < layer.Outputs; output++)
        {
            for (var i = 0; i < layer.Inputs; i++)
            {
                Assert.AreEqual(Math.Round(layer[output, i, 0] / rounded.Scales[output]), rounded[output, i, 0]);
            }
        }
    }

    [TestMethod]
    public void WeightsOfOneSize_WhoseSumsAreAtTheLimit_AreLowered()
    {
        // Eight times 16.5 steps and more would be 136 after rounding.
        var layer = new FoldedConvolution(1, 16, 1, 1, [.. Enumerable.Repeat(1f, 16)], [1], [0]);
        var rounded = new RoundedWeights(layer);

        foreach (var pair in (int[])[0, 2])
        {
            Assert.AreEqual(128, Enumerable.Range(0, 16).Where(i => i / 2 % 2 == pair / 2).Sum(i => rounded[0, i, 0]));
        }

        var uneven = new FoldedConvolution(1, 16, 1, 1, [.. Enumerable.Range(0, 16).Select(i => 1 + (i * 0.01f))], [1], [0]);
        var lowered = new RoundedWeights(uneven);
        Assert.IsLessThanOrEqualTo(128, Enumerable.Range(0, 16).Where(i => i / 2 % 2 == 1).Sum(i => lowered[0, i, 0]));
    }

    [TestMethod]
    public void ToFloats_AreWhatTheIntegersStandFor()
    {
        var layer = Layer(kernel: 3, inputs: 20, outputs: 6, new Random(4));
        var (rounded, floats) = (new RoundedWeights(layer), new RoundedWeights(layer).ToFloats());
        for (var output = 0; output < layer.Outputs; output++)
        {
            Assert.AreEqual(layer.Bias[output], floats.Bias[output]);
            Assert.AreEqual(rounded[output, 19, 8] * rounded.Scales[output], floats[output, 19, 8]);
        }
    }

    [TestMethod]
    public void NoWeights_AreZeros()
    {
        var rounded = new RoundedWeights(new FoldedConvolution(1, 4, 3, 1, new float[36], [1], [0]));

        Assert.AreEqual(1, rounded.Scales[0]);
        Assert.IsTrue(rounded.Integers.ToArray().All(weight => weight == 0));
    }

    // No weight is beyond 127, and none of the sums of those of one sign among sixteen neighbouring inputs' pairs, the first of four or
    // the second, beyond 128. In 16 bits none is beyond 2047.
    private static double ScaleOf(FoldedConvolution layer, int output, bool isWide)
    {
        var all = (from i in Enumerable.Range(0, layer.Inputs)
                   from tap in Enumerable.Range(0, layer.Kernel * layer.Kernel)
                   select (Weight: layer[output, i, tap], Together: (tap, i / 16, i / 2 % 2))).ToList();
        var sums = all.GroupBy(one => (one.Together, one.Weight > 0)).Max(group => group.Sum(one => Math.Abs(one.Weight)));
        var largest = all.Max(one => Math.Abs(one.Weight));
        return isWide ? largest / 2047 : Math.Max(largest / 127, sums / 128);
    }

    private static FoldedConvolution Layer(int kernel, int inputs, int outputs, Random random)
    {
        float[] weights = [.. Enumerable.Range(0, outputs * inputs * kernel * kernel).Select(_ => (random.NextSingle() * 2) - 0.8f)];
        double[] gains = [.. Enumerable.Range(0, outputs).Select(_ => random.NextDouble() + 0.5)];
        return new FoldedConvolution(outputs, inputs, kernel, 1, weights, gains, new double[outputs]);
    }
}
