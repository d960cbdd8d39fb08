using AdaptiveInference.ML.Transforms.Budget;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;
using AdaptiveInference.ML.Transforms.Quantisation;
using AdaptiveInference.ML.Transforms.Tests.Scoring;
using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Tests.Quantisation;

/// <summary>Biases against sums over all pixels, for convolutions of 1×1, of which no border changes anything.</summary>
[TestClass]
public sealed class RoundingErrorsTests
{
    private const int Side = 20;

    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    public unsafe void Biases_OfOneByOne_MakeOutputsAsLargeOnAverageAsInFloats(int candidate)
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

        // The second cuts off the upper half of all values.
        float[][] ranges = [extremes.Values, Array.ConvertAll(extremes.Values, value => value / 2)];
        var block = model.Blocks.Blocks[0];
        var layer = FoldedConvolution.Of(model.Weights, block.Body[0]);
        var biases = RoundingErrors.Of(images, model, ranges)[candidate].Biases(model)[block, 0].ToArray();

        var (rounded, scale) = (new RoundedWeights(layer).ToFloats(), ByteScale.Of(ranges[candidate][0], ranges[candidate][1]));
        var (errors, pixels) = (new double[layer.Outputs], 0);
        images.Observe(model.Policy, _ => (convolution, arena, map) =>
        {
            for (var pixel = 0; pixel < map.Height * map.Width && convolution == 0; pixel++)
            {
                var at = arena + map.Offset + ((long)(pixel / map.Width) * map.RowStride) + (pixel % map.Width * map.Lanes);
                lock (errors)
                {
                    pixels++;
                    for (var i = 0; i < layer.Inputs; i++)
                    {
                        var value = at[((long)(i / map.Lanes) * map.GroupStride) + (i % map.Lanes)];
                        var byteValue = Math.Clamp(MathF.Round((value * (float)(1 / scale.Scale)) + scale.Zero), 0, 255);
                        for (var output = 0; output < layer.Outputs; output++)
                        {
                            errors[output] += (rounded[output, i, 0] * (byteValue - scale.Zero) * scale.Scale)
                                - (layer[output, i, 0] * value);
                        }
                    }
                }
            }
        });

        Assert.IsGreaterThan(0, pixels);
        for (var output = 0; output < biases.Length; output++)
        {
            Assert.AreEqual(-errors[output] / pixels, biases[output], 1e-5 + (1e-3 * Math.Abs(biases[output])), $"output {output}");
        }

        Assert.IsGreaterThan(1e-4f, biases.Max(Math.Abs));
    }
}
