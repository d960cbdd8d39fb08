using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Training.FineTuning;

/// <summary>How far a network gives the same for an image in every epoch.</summary>
internal static class ConstantBlocks
{
    /// <summary>
    /// Number of first blocks that lie in frozen stages and before the first gate: a gate that learns changes the path, and all behind it.
    /// </summary>
    public static int Of(BlockPlan plan, int frozenStages)
        => plan.Blocks.TakeWhile(block => block.Stage <= frozenStages && !block.IsGated).Count();
}
