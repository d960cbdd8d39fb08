using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Compiled;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Inference.Simd;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Tests.Inference;

/// <summary>Ranges of what the convolutions of a random network read.</summary>
internal static unsafe class RandomRanges
{
    /// <summary>Of a network with all convolutions of blocks in 8 bits.</summary>
    public static Int8Ranges Of(RandomNetwork network, InferencePlan floats, params float[][] images)
        => Of(network, floats, Int8SetChoice.Of(network.Plan, VectorWidthChoice.Best, Int8Choice.All), images);

    public static Int8Ranges Of(RandomNetwork network, InferencePlan floats, Int8Set set, params float[][] images)
    {
        var values = new float[2 * Int8Ranges.Count(network.Plan)];
        foreach (var image in images)
        {
            var trace = new ExecutionTrace(network.Plan.Blocks.Count);
            floats.Observe(image, new ScoringPolicy { GateThreshold = 0 }, trace, (convolution, arena, map) =>
            {
                for (var i = 0; i < map.Groups * map.Height * map.Width * map.Lanes; i++)
                {
                    var (group, rest) = Math.DivRem(i, map.Height * map.Width * map.Lanes);
                    var (y, x) = Math.DivRem(rest, map.Width * map.Lanes);
                    var value = *(arena + map.Offset + ((long)group * map.GroupStride) + ((long)y * map.RowStride) + x);
                    values[2 * convolution] = Math.Min(values[2 * convolution], value);
                    values[(2 * convolution) + 1] = Math.Max(values[(2 * convolution) + 1], value);
                }
            });
        }

        return new Int8Ranges(network.Plan, values, set, Biases(network.Plan), Calibration);
    }

    // Small, and not to be left out anywhere.
    private static Int8Biases Biases(BlockPlan plan)
    {
        var random = new Random(7);
        return new Int8Biases(plan, [.. Enumerable.Range(0, Int8Biases.Count(plan)).Select(_ => (random.NextSingle() - 0.5f) / 20)]);
    }

    public static Int8Calibration Calibration { get; } = new()
    {
        Rows = 3, Range = Int8Range.MinMax, SameAnswers = 1, SameGates = 0.99, SameExits = 0.5, MeanDifference = 0.001,
    };
}
