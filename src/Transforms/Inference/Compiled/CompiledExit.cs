namespace AdaptiveInference.ML.Transforms.Inference.Compiled;

/// <summary>A head at which an image may leave.</summary>
/// <param name="Index">Position among the exits.</param>
/// <param name="Head">The head.</param>
/// <param name="Macs">Cost of evaluating it.</param>
internal sealed record CompiledExit(int Index, Head Head, long Macs);
