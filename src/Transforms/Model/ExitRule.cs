namespace AdaptiveInference.ML.Transforms.Model;

/// <summary>When an image leaves at an exit, by the exit's threshold: in scoring, and wherever thresholds are chosen or judged.</summary>
internal static class ExitRule
{
    /// <summary>Whether any image can leave: at a threshold of 1 none does, however certain its answer.</summary>
    public static bool MayLeave(float threshold) => threshold < 1;

    /// <summary>Whether an image leaves.</summary>
    /// <param name="confidence">The largest class probability at the exit.</param>
    /// <param name="threshold">The exit's.</param>
    public static bool Leaves(double confidence, float threshold) => MayLeave(threshold) && confidence >= threshold;
}
