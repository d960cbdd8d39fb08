using System.Numerics.Tensors;
using AdaptiveInference.ML.Transforms.Budget;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Quantisation;

/// <summary>The smallest and the largest value that each convolution of a residual branch reads, 0 included.</summary>
internal sealed class RangeExtremes
{
    private readonly object _lock = new();

    private RangeExtremes(int convolutions) => Values = new float[2 * convolutions];

    /// <summary>Smallest and largest, convolution after convolution.</summary>
    public float[] Values { get; }

    /// <summary>Runs all images.</summary>
    public static unsafe RangeExtremes Of(ComputeBudgetImages images, GatedResNetModel model)
    {
        var extremes = new RangeExtremes(Int8Ranges.Count(model.Blocks));
        images.Observe(model.Policy, trace => (convolution, arena, map) => extremes.See(convolution, arena, map, trace));
        return extremes;
    }

    private unsafe void See(int convolution, float* arena, FeatureMap map, ExecutionTrace trace)
    {
        float smallest = 0, largest = 0;
        MapRows.Each(arena, map, row =>
        {
            smallest = Math.Min(smallest, TensorPrimitives.Min(row));
            largest = Math.Max(largest, TensorPrimitives.Max(row));
        });

        // Either is NaN where a value is.
        if (!float.IsFinite(smallest) || !float.IsFinite(largest))
        {
            trace.IsFinite = false;
            return;
        }

        lock (_lock)
        {
            ref var low = ref Values[2 * convolution];
            ref var high = ref Values[(2 * convolution) + 1];
            (low, high) = (Math.Min(low, smallest), Math.Max(high, largest));
        }
    }
}
