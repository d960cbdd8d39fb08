using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Tests.Inference.Kernels;

/// <summary>Moves maps between the reference's order and an arena, and checks what kernels must leave alone.</summary>
internal static unsafe class KernelBench
{
    public static ReferenceMap RandomMap(Random random, int channels, int height, int width)
    {
        var map = new ReferenceMap(channels, height, width);
        for (var i = 0; i < map.Values.Length; i++)
        {
            map.Values[i] = (float)((random.NextDouble() * 2) - 1);
        }

        return map;
    }

    public static void Write(Arena arena, FeatureMap map, ReferenceMap values)
    {
        for (var i = 0; i < values.Values.Length; i++)
        {
            *At(arena, map, i) = (float)values.Values[i];
        }
    }

    public static float[] Read(Arena arena, FeatureMap map)
    {
        var values = new float[map.Channels * map.Height * map.Width];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = *At(arena, map, i);
        }

        return values;
    }

    public static void AssertHolds(Arena arena, FeatureMap map, ReferenceMap expected, double tolerance, string what)
    {
        Assert.AreEqual((expected.Channels, expected.Height, expected.Width), (map.Channels, map.Height, map.Width), what);
        for (var i = 0; i < expected.Values.Length; i++)
        {
            Assert.AreEqual(expected.Values[i], *At(arena, map, i), tolerance, $"{what}, value {i}");
        }

        AssertBorderIsZero(arena, map, what);
    }

    /// <summary>Counts what is not zero: all of it must be inside the map.</summary>
    public static void AssertBorderIsZero(Arena arena, FeatureMap map, string what)
    {
        var inside = 0;
        for (var i = 0; i < map.Channels * map.Height * map.Width; i++)
        {
            inside += *At(arena, map, i) != 0 ? 1 : 0;
        }

        var start = arena.Origin + map.Offset - map.RowStride - map.Lanes;
        var all = new ReadOnlySpan<float>(start, (int)map.Length).ToArray().Count(value => value != 0);
        Assert.AreEqual(inside, all, $"{what}: border written");
    }

    private static float* At(Arena arena, FeatureMap map, int index)
    {
        var (channel, pixel) = Math.DivRem(index, map.Height * map.Width);
        var (y, x) = Math.DivRem(pixel, map.Width);
        return arena.Origin + map.Offset + ((long)(channel / map.Lanes) * map.GroupStride) + ((long)y * map.RowStride)
            + (x * map.Lanes) + (channel % map.Lanes);
    }
}
