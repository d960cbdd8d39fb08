namespace AdaptiveInference.ML.Transforms.Inference.Kernels;

/// <summary>Groups of a feature map's channels.</summary>
/// <param name="First">The first.</param>
/// <param name="End">The one behind the last.</param>
internal readonly record struct GroupRange(int First, int End)
{
    /// <summary>One of the ranges of a size into which all groups are divided; the last may be smaller.</summary>
    public static GroupRange Of(int number, int size, int groups) => new(number * size, Math.Min((number + 1) * size, groups));
}
