using AdaptiveInference.ML.Transforms.Budget;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;
using AdaptiveInference.ML.Transforms.Quantisation;
using AdaptiveInference.ML.Transforms.Tests.Scoring;
using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Tests.Quantisation;

/// <summary>Ranges against the errors that rounding to them makes, added up over all values.</summary>
[TestClass]
public sealed class RangeHistogramsTests
{
    // Many values, so that a few of them that are cut off weigh less than the rounding of all others.
    private const int Side = 64;

    [TestMethod]
    public unsafe void LeastSquares_OfEveryConvolution_ErrsNoMoreThanOtherRanges()
    {
        var spec = TestModels.Spec(NetworkKind.ResNet) with
        {
            Architecture = ResNetArchitecture.ImageNet([1, 1], bottleneck: true).WithStemWidth(16), Image = new ImageShape(1, Side, Side),
        };
        var (model, context) = (TestModels.Model(spec), new MLContext(1));
        var plan = InferencePlan.Compile(model.Blocks, model.Weights, model.Channels);
        var data = TestModels.View(context, TestModels.Rows(12, Side * Side), 1, Side, Side);
        var images = ComputeBudgetImages.Read(model, plan, TestModels.Columns.Features, data);
        var extremes = RangeExtremes.Of(images, model);
        var histograms = RangeHistograms.Of(images, model, extremes);
        float[][] ranges = [histograms.LeastSquares(), extremes.Values, histograms.Percentiles()];

        var squares = Array.ConvertAll(ranges, _ => new double[extremes.Values.Length / 2]);
        images.Observe(model.Policy, _ => (convolution, arena, map) => MapRows.Each(arena, map, row =>
        {
            lock (squares)
            {
                for (var i = 0; i < ranges.Length; i++)
                {
                    var bytes = ByteScale.Of(ranges[i][2 * convolution], ranges[i][(2 * convolution) + 1]);
                    foreach (var value in row)
                    {
                        var whole = Math.Clamp(Math.Round(value / bytes.Scale) + bytes.Zero, 0, 255) - bytes.Zero;
                        squares[i][convolution] += Math.Pow((whole * bytes.Scale) - value, 2);
                    }
                }
            }
        }));

        for (var convolution = 0; convolution < squares[0].Length; convolution++)
        {
            // Histograms know bins and not values.
            Assert.IsLessThanOrEqualTo(
                1.02 * Math.Min(squares[1][convolution], squares[2][convolution]), squares[0][convolution], $"convolution {convolution}");
        }

        Assert.IsTrue(squares[0].Zip(squares[1]).Any(pair => pair.First < 0.95 * pair.Second), "Some range is cut off.");
    }
}
