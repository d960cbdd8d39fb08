using AdaptiveInference.ML.Transforms.Inference.Compiled;
using AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

namespace AdaptiveInference.ML.Transforms.Tests.Inference.Compiled;

/// <summary>How kernels for bytes compute a convolution: estimates that order what was measured.</summary>
[TestClass]
public sealed class EightBitAlgorithmChoiceTests
{
    [TestMethod]
    [DataRow(3, 1, 64, 56, true, DisplayName = "First stage of 224×224")]
    [DataRow(3, 1, 128, 28, true, DisplayName = "Second stage")]
    [DataRow(3, 1, 256, 14, true, DisplayName = "Third stage")]
    [DataRow(3, 2, 128, 28, false, DisplayName = "Stride 2")]
    [DataRow(1, 1, 256, 14, false, DisplayName = "1×1")]
    public void IsWinograd_LargeImages_WhereThereIsAKernel(int kernel, int stride, int channels, int side, bool expected)
    {
        foreach (var kernels in EightBitKernels.Available)
        {
            Assert.AreEqual(
                expected && kernels.Lanes > 4,
                new EightBitAlgorithmChoice(kernels).IsWinograd(kernel, stride, channels, channels, side, side), $"{kernels.Kind}");
        }
    }

    // Four tiles meet nineteen megabytes of transformed weights.
    [TestMethod]
    public void IsWinograd_LastStageAt512Bits_ReadsTooManyWeights()
    {
        var wide = EightBitKernels.Available.Where(kernels => kernels.Kind == DotInstructions.Avx512).ToList();
        if (wide.Count == 0)
        {
            Assert.Inconclusive("There are no vectors of 512 bits.");
        }

        Assert.IsFalse(new EightBitAlgorithmChoice(wide[0]).IsWinograd(3, 1, 512, 512, 7, 7));
    }
}
