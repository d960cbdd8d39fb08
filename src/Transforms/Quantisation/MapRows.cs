using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Quantisation;

/// <summary>Walks over a feature map where it lies.</summary>
internal static class MapRows
{
    /// <summary>Is shown a row of one group of channels; lanes beyond the last channel are 0.</summary>
    public delegate void See(ReadOnlySpan<float> row);

    /// <summary>Shows every row of every group.</summary>
    public static unsafe void Each(float* arena, FeatureMap map, See see)
    {
        for (var group = 0; group < map.Groups; group++)
        {
            for (var y = 0; y < map.Height; y++)
            {
                var row = arena + map.Offset + ((long)group * map.GroupStride) + ((long)y * map.RowStride);
                see(new ReadOnlySpan<float>(row, map.Width * map.Lanes));
            }
        }
    }
}
