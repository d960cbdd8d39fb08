namespace AdaptiveInference.ML.Transforms.Onnx.Import;

/// <summary>A file is whole, and its graphs are deeper inside each other than is read.</summary>
internal sealed class OnnxNestingException()
    : FormatException("one of its nodes has a graph inside: networks with gates or exits, or loops, cannot be imported");
