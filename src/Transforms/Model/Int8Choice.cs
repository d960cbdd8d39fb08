namespace AdaptiveInference.ML.Transforms;

/// <summary>Which convolutions of residual blocks <see cref="GatedResNetTransformer.WithInt8"/> puts in 8 bits.</summary>
public enum Int8Choice
{
    /// <summary>
    /// Those that are faster in 8 bits on the machine at hand, but for those that would change more than 0.5 % of gate decisions or exits:
    /// see <see cref="Int8Calibration.ConvolutionsLeftOut"/>.
    /// </summary>
    FasterHere,

    /// <summary>
    /// All: for a network that is quantised here and scored elsewhere, on a machine that gains more, or in another engine by ONNX.
    /// </summary>
    All,
}
