using AdaptiveInference.ML.Transforms.Images;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Promises;

/// <summary>What calibration rows are read by.</summary>
/// <param name="Plan">The network.</param>
/// <param name="Images">The image column.</param>
/// <param name="Label">The label column; null where there is none.</param>
/// <param name="Group">What belongs together; null where every row is on its own.</param>
/// <param name="KeepsUnknown">Whether rows of a class that the network does not know are kept.</param>
internal sealed record CalibrationSource(
    InferencePlan Plan, ImageColumn Images, LabelColumn? Label, GroupColumn? Group, bool KeepsUnknown)
{
    public bool LeavesOut(int label)
        => Label is not null && (label == LabelColumn.Missing || (label == LabelColumn.Unknown && !KeepsUnknown));
}
