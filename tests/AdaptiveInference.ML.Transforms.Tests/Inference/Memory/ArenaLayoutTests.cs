using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Compiled;
using AdaptiveInference.ML.Transforms.Inference.Simd;
using AdaptiveInference.ML.Transforms.Inference.Kernels;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Tests.Inference.Memory;

/// <summary>That an arena has what kernels say they read, worked out by hand, and that a kernel which says too much is refused.</summary>
[TestClass]
public sealed class ArenaLayoutTests
{
    [TestMethod]
    [DataRow(16, 12, DisplayName = "512 bits, tiles of 16: up to column 32 of the last row, and the map ends with column 20")]
    [DataRow(8, 4, DisplayName = "256 bits, tiles of 8: up to column 24")]
    public void Length_TilesHangOverTheLastMap_CoversWhatTheyRead(int lanes, int pixels)
    {
        var width = (VectorWidth)lanes;

        // Seventeen columns and a border left of them; eight rows, so that the row below the last is the map's last one.
        var layout = new ArenaLayout(width);
        var output = layout.Map(1, 8, 17);
        var input = layout.Map(1, 8, 17);
        var end = layout.Length;

        var convolution = Convolution(width, ConvolutionAlgorithm.Direct, input, output, layout);

        Assert.AreEqual(new Reach(Above: 1, Left: 1, Below: 1, Right: 1, Dropped: 4 + pixels), convolution.Reach);
        Assert.AreEqual(end + (pixels * lanes), layout.Length);
    }

    [TestMethod]
    public void Length_TilesEndWithTheRow_IsThatOfTheMaps()
    {
        var layout = new ArenaLayout(VectorWidth.Bits512);
        var output = layout.Map(1, 8, 16);
        var input = layout.Map(1, 8, 16);
        var end = layout.Length;

        Convolution(VectorWidth.Bits512, ConvolutionAlgorithm.Direct, input, output, layout);

        Assert.AreEqual(end, layout.Length);
    }

    [TestMethod]
    public void Reads_MoreThanTheBorder_Throws()
    {
        var layout = new ArenaLayout(VectorWidth.Bits128);
        FeatureMap input = layout.Map(3, 8, 7), output = layout.Map(3, 8, 7);

        // Two tiles of five outputs each: down to row 10 below the last one, 7, and to column 10 right of 6.
        var error = Assert.ThrowsExactly<InvalidOperationException>(
            () => Convolution(VectorWidth.Bits128, ConvolutionAlgorithm.WinogradF5, input, output, layout));

        Assert.AreEqual(
            "A kernel reads beyond the border of a map of 3×8×7: Reach { Above = 1, Left = 1, Below = 3, Right = 4, Dropped = 4 }, and the "
            + "border has 1 above and left, 1 below and 2 right.",
            error.Message);
    }

    [TestMethod]
    [DataRow(2, 1, 1, 1)]
    [DataRow(1, 2, 1, 1)]
    [DataRow(1, 1, 4, 1)]
    [DataRow(1, 1, 1, 3)]
    public void Reads_MoreThanTheBorderOnOneSide_Throws(int above, int left, int below, int right)
    {
        // A border of one, and up to a multiple of four: two more rows and one more column.
        var layout = new ArenaLayout(VectorWidth.Bits256);
        var map = layout.Map(1, 6, 7);

        layout.Reads(map, new Reach(1, 1, 3, 2, 2));
        Assert.ThrowsExactly<InvalidOperationException>(() => layout.Reads(map, new Reach(above, left, below, right, right)));
    }

    [TestMethod]
    [DataRow(nameof(ConvolutionAlgorithm.WinogradF2), 1)]
    [DataRow(nameof(ConvolutionAlgorithm.WinogradF4), 1)]
    [DataRow(nameof(ConvolutionAlgorithm.WinogradF5), 1)]
    [DataRow(nameof(ConvolutionAlgorithm.WinogradStride2), 2)]
    public void Fits_AnySize_SaysWhatTheLayoutSays(string algorithm, int stride)
    {
        var parsed = Enum.Parse<ConvolutionAlgorithm>(algorithm);
        for (var height = 1; height <= 22; height++)
        {
            for (var width = 1; width <= 22; width++)
            {
                var layout = new ArenaLayout(VectorWidth.Bits128);
                var input = layout.Map(1, height, width);
                var output = layout.Map(1, Multiples.Count(height, stride), Multiples.Count(width, stride));
                var isRead = true;
                try
                {
                    Convolution(VectorWidth.Bits128, parsed, input, output, layout, stride);
                }
                catch (InvalidOperationException)
                {
                    isRead = false;
                }

                Assert.AreEqual(ConvolutionAlgorithmChoice.Fits(parsed, output.Height, output.Width, stride), isRead, $"{height}×{width}");
            }
        }
    }

    [TestMethod]
    public void MaxPool_OfTheStem_ReadsOneRowAndColumnMore()
    {
        var layout = new ArenaLayout(VectorWidth.Bits128);
        FeatureMap input = layout.Map(1, 15, 16), output = layout.Map(1, 8, 8);

        Assert.AreEqual(
            new Reach(1, 1, 1, 0, 0), KernelsOfWidth.Of(VectorWidth.Bits128).ReachOfMaxPool(input, output, window: 3, padding: 1));
    }

    private static Convolution Convolution(
        VectorWidth width, ConvolutionAlgorithm algorithm, FeatureMap input, FeatureMap output, ArenaLayout layout, int stride = 1)
    {
        int outputs = output.Channels, inputs = input.Channels;
        var layer = new FoldedConvolution(
            outputs, inputs, kernel: 3, stride, new float[outputs * inputs * 9], new double[outputs], new double[outputs]);
        return KernelsOfWidth.Of(width).Convolution(layer, input, output, algorithm, layout);
    }
}
