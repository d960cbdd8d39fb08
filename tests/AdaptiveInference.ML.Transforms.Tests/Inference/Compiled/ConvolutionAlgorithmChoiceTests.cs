using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Compiled;
using AdaptiveInference.ML.Transforms.Inference.Simd;
using AdaptiveInference.ML.Transforms.Inference.Kernels;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Tests.Inference.Compiled;

/// <summary>
/// Which algorithm each convolution of a typical network is given. The choice depends on the network and the width of vectors alone, so
/// that every width can be asked on every machine. A change here is a change of speed: measure before writing a new line down.
/// </summary>
[TestClass]
public sealed class ConvolutionAlgorithmChoiceTests
{
    private const string Cifar = "3→16 at 32 Direct, 16→16 at 32 F4, 16→32/2 at 16 Direct, 32→32 at 16 F4, 32→64/2 at 8 Direct, ";
    private const string Fashion = "3→16 at 28 Direct, 16→16 at 28 F4, 16→32/2 at 14 Direct, 32→32 at 14 F4, 32→64/2 at 7 Direct, ";
    private const string FashionWide = "3→16 at 28 Direct, 16→16 at 28 F4, 16→32/2 at 14 Direct, 32→32 at 14 F5, 32→64/2 at 7 Direct, ";

    // Sides of 20 and 10 are whole tiles of five.
    private const string Forty = "3→16 at 40 Direct, 16→16 at 40 F4, 16→32/2 at 20 Direct, 32→32 at 20 F5, 32→64/2 at 10 Direct, "
        + "64→64 at 10 F5";
    private const string FortyFromMemory = "3→16 at 40 Direct, 16→16 at 40 F4, 16→32/2 at 20 Direct, 32→32 at 20 F4, 32→64/2 at 10 Direct, "
        + "64→64 at 10 F2";

    private const string Basic = "64→64 at 56 F4, 64→128/2 at 28 Stride2, 128→128 at 28 F4, 128→256/2 at 14 Stride2, 256→256 at 14 F4, "
        + "256→512/2 at 7 Direct, ";

    private const string Bottleneck = "64→64 at 56 F4, 128→128/2 at 28 Stride2, 128→128 at 28 F4, 256→256/2 at 14 Stride2, "
        + "256→256 at 14 F4, 512→512/2 at 7 Direct, ";

    private const string Photograph = "64→64 at 24 F4, 64→128/2 at 12 Stride2, 128→128 at 12 F4, 128→256/2 at 6 Direct, ";

    [TestMethod]
    [DataRow(20, 32, 128, Cifar + "64→64 at 8 F4")]
    [DataRow(20, 32, 256, Cifar + "64→64 at 8 F4")]
    [DataRow(20, 32, 512, Cifar + "64→64 at 8 F4")]
    [DataRow(38, 32, 128, Cifar + "64→64 at 8 F4")]
    [DataRow(38, 32, 256, Cifar + "64→64 at 8 F4")]
    [DataRow(38, 32, 512, Cifar + "64→64 at 8 F4")]
    [DataRow(110, 32, 128, Cifar + "64→64 at 8 F4")]
    [DataRow(110, 32, 256, Cifar + "64→64 at 8 F2", DisplayName = "ResNet-110 at 256 bits: weights come from memory")]
    [DataRow(110, 32, 512, Cifar + "64→64 at 8 F4", DisplayName = "ResNet-110 at 512 bits: F(4×4) has half of its weights in memory")]
    [DataRow(38, 28, 128, Fashion + "64→64 at 7 F4")]
    [DataRow(38, 28, 256, Fashion + "64→64 at 7 F4")]
    [DataRow(38, 28, 512, FashionWide + "64→64 at 7 F4", DisplayName = "ResNet-38 at 512 bits: nine tiles have a kernel of their own")]
    [DataRow(38, 40, 128, Forty)]
    [DataRow(38, 40, 256, Forty)]
    [DataRow(38, 40, 512, Forty)]
    [DataRow(110, 40, 512, FortyFromMemory, DisplayName = "ResNet-110 at 40×40: weights come from memory, F(5×5) is not for it")]
    public void For_CifarResNet_IsPinned(int depth, int side, int bits, string expected)
        => Assert.AreEqual(expected, Choices(ResNetArchitecture.Cifar(depth), side, (VectorWidth)(bits / 32)));

    [TestMethod]
    [DataRow(18, 128, Basic + "512→512 at 7 F4")]
    [DataRow(18, 256, Basic + "512→512 at 7 F2")]
    [DataRow(18, 512, Basic + "512→512 at 7 F4")]
    [DataRow(50, 128, Bottleneck + "512→512 at 7 F4")]
    [DataRow(50, 256, Bottleneck + "512→512 at 7 F2")]
    [DataRow(50, 512, Bottleneck + "512→512 at 7 F4")]
    public void For_ImageNetResNet_IsPinned(int depth, int bits, string expected)
        => Assert.AreEqual(expected, Choices(ResNetArchitecture.ImageNet(depth), 224, (VectorWidth)(bits / 32)));

    // The network of Microsoft.ML.DnnImageFeaturizer.ResNet18: at 3×3 and 2×2 all pixels share one pass over the weights.
    [TestMethod]
    [DataRow(96, 128, Photograph + "256→256 at 6 F2, 256→512/2 at 3 Direct, 512→512 at 3 Direct")]
    [DataRow(96, 256, Photograph + "256→256 at 6 F2, 256→512/2 at 3 Direct, 512→512 at 3 Direct")]
    [DataRow(96, 512, Photograph + "256→256 at 6 F2, 256→512/2 at 3 Direct, 512→512 at 3 Direct")]
    public void For_PretrainedResNet_IsPinned(int side, int bits, string expected)
        => Assert.AreEqual(expected, Choices(ResNetArchitecture.ImageNet([2, 2, 2, 3]), side, (VectorWidth)(bits / 32)));

    // Maps have a border up to a multiple of four: tiles of 5 may end there and not beyond.
    [TestMethod]
    [DataRow(10, true)]
    [DataRow(14, true)]
    [DataRow(15, true)]
    [DataRow(12, false)]
    [DataRow(16, false)]
    [DataRow(28, false)]
    [DataRow(33, true)]
    public void Fits_TilesOfFive_EndWithinTheBorder(int side, bool expected)
    {
        Assert.AreEqual(expected, ConvolutionAlgorithmChoice.Fits(ConvolutionAlgorithm.WinogradF5, side, side, stride: 1));
        Assert.AreEqual(expected, ConvolutionAlgorithmChoice.Fits(ConvolutionAlgorithm.WinogradF5, side, 10, stride: 1), "height");
        Assert.AreEqual(expected, ConvolutionAlgorithmChoice.Fits(ConvolutionAlgorithm.WinogradF5, 10, side, stride: 1), "width");
    }

    [TestMethod]
    public void Fits_Stride_IsTheAlgorithms()
    {
        foreach (var algorithm in Enum.GetValues<ConvolutionAlgorithm>())
        {
            var (isDirect, isForTwo) = (algorithm == ConvolutionAlgorithm.Direct, algorithm == ConvolutionAlgorithm.WinogradStride2);
            Assert.AreEqual(!isForTwo, ConvolutionAlgorithmChoice.Fits(algorithm, 10, 10, stride: 1), $"{algorithm}");
            Assert.AreEqual(isDirect || isForTwo, ConvolutionAlgorithmChoice.Fits(algorithm, 10, 10, stride: 2), $"{algorithm}");
        }
    }

    // All 3×3 convolutions without repetition; others have no choice.
    private static string Choices(ResNetArchitecture architecture, int side, VectorWidth width)
    {
        var plan = BlockPlan.Of(new NetworkSpec
        {
            Network = NetworkKind.ResNet, Architecture = architecture, Image = new ImageShape(3, side, side), Classes = 10,
        });
        var (choice, layout) = (new ConvolutionAlgorithmChoice(plan, width), new ArenaLayout(width));
        var chosen = new List<string>();
        Add(plan.Stem.Convolution, layout.Image(plan.Spec.Image, plan.Stem.Convolution.Padding));
        foreach (var block in plan.Blocks)
        {
            foreach (var layer in block.Projection is null ? block.Body : block.Body.Append(block.Projection))
            {
                Add(layer, layout.Map(layer.Inputs, layer.InHeight, layer.InWidth));
            }
        }

        return string.Join(", ", chosen.Distinct());

        void Add(ConvolutionSpec spec, FeatureMap input)
        {
            var layer = new FoldedConvolution(spec.Outputs, spec.Inputs, spec.Kernel, spec.Stride, [], [], []);
            var algorithm = choice.For(layer, input, layout.Map(spec.Outputs, spec.OutHeight, spec.OutWidth));
            if (spec.Kernel != 3)
            {
                Assert.AreEqual(ConvolutionAlgorithm.Direct, algorithm);
                return;
            }

            var stride = spec.Stride == 1 ? "" : $"/{spec.Stride}";
            chosen.Add($"{spec.Inputs}→{spec.Outputs}{stride} at {spec.OutHeight} {algorithm.ToString().Replace("Winograd", "")}");
        }
    }
}
