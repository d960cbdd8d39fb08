using AdaptiveInference.ML.Transforms.Inference.Execution;

namespace AdaptiveInference.ML.Benchmarks.Evidence;

/// <summary>The way of one image: the blocks that ran, and the exit taken, −1 for the last head.</summary>
internal sealed record TestPath(bool[] Ran, int Exit)
{
    public static TestPath Of(ExecutionTrace trace) => new(trace.Ran.ToArray(), trace.ExitTaken);

    /// <summary>The control in which every image goes another image's path.</summary>
    public static TestPath[] Shuffled(IReadOnlyList<TestPath> paths)
    {
        var shuffled = paths.ToArray();
        new Random(1).Shuffle(shuffled);
        return shuffled;
    }

    /// <summary>The control in which every image goes the path that most go.</summary>
    public static TestPath[] Common(IReadOnlyList<TestPath> paths)
        => [.. Enumerable.Repeat(paths.GroupBy(path => path).MaxBy(same => same.Count())!.Key, paths.Count)];

    public bool Equals(TestPath? other) => other is not null && Exit == other.Exit && Ran.AsSpan().SequenceEqual(other.Ran);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Exit);
        foreach (var ran in Ran)
        {
            hash.Add(ran);
        }

        return hash.ToHashCode();
    }
}
