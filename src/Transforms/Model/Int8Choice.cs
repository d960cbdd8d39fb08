namespace AdaptiveInference.ML.Transforms;

/// <summary>Which convolutions of residual blocks <see cref="GatedResNetTransformer.WithInt8"/> puts in 8 bits.</summary>
public enum Int8Choice
{
    /// <summary>
    /// Those that are faster in 8 bits on the machine at hand, as long as decisions of gates and exits stay as they were: see
    /// <see cref="Int8Calibration.ConvolutionsLeftOut"/>.
    /// </summary>
    FasterHere,

    /// <summary>
    /// All: for a network that is quantised here and scored elsewhere, on a machine that gains more, or in another engine by ONNX.
    /// </summary>
    All,
}
