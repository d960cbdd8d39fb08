namespace AdaptiveInference.ML.Transforms;

/// <summary>A setting of a <see cref="ComputeLadder"/>.</summary>
public sealed record ComputeStep
{
    internal ComputeStep()
    {
    }

    /// <summary>The network at this setting; all steps share its weights.</summary>
    public required GatedResNetTransformer Network { get; init; }

    /// <summary>
    /// Mean compute fraction of an image: measured on the calibration data, or a first guess that does no more than order the steps.
    /// </summary>
    public required double ComputeFraction { get; init; }

    /// <summary>Whether <see cref="ComputeFraction"/> was measured.</summary>
    public required bool IsMeasured { get; init; }
}
