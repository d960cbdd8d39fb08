using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Compiled;

/// <summary>
/// Where the values that a map is pooled to stand: pooling writes [group][cell][lane], and stored weights read [channel][cell], as
/// PyTorch's features are.
/// </summary>
internal static class GridOrder
{
    /// <summary>For each value as it is written its place as it is read; −1 where a group has more lanes than channels are left.</summary>
    public static int[] Of(FeatureMap map, int cells)
    {
        var order = new int[cells * map.Groups * map.Lanes];
        for (var i = 0; i < order.Length; i++)
        {
            var (group, rest) = Math.DivRem(i, cells * map.Lanes);
            var (cell, lane) = Math.DivRem(rest, map.Lanes);
            var channel = (group * map.Lanes) + lane;
            order[i] = channel < map.Channels ? (channel * cells) + cell : -1;
        }

        return order;
    }
}
