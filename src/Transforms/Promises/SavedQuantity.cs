namespace AdaptiveInference.ML.Transforms;

/// <summary>What <see cref="GatedResNetTransformer.WithAccuracyGuarantee"/> saves as much of as it can certify.</summary>
public enum SavedQuantity
{
    /// <summary>Multiply–accumulates, which are the same on every machine.</summary>
    Compute,

    /// <summary>
    /// Time on this machine, which is not proportional to them: a multiply–accumulate on the small maps of late stages takes longer.
    /// </summary>
    Time,
}
