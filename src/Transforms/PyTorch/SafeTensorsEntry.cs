namespace AdaptiveInference.ML.Transforms.PyTorch;

/// <summary>One tensor of a safetensors file: where its values lie and how they are written.</summary>
/// <param name="Name">Name as it stands in the file.</param>
/// <param name="Type">Safetensors' name of the element type, such as <c>F32</c>.</param>
/// <param name="Shape">Sizes, outermost first; empty for a scalar.</param>
/// <param name="Offset">First byte, counted from the end of the header.</param>
/// <param name="ByteLength">Length in bytes, already checked against type and shape.</param>
internal sealed record SafeTensorsEntry(string Name, string Type, IReadOnlyList<long> Shape, long Offset, long ByteLength)
{
    /// <summary>Type and shape for messages, such as <c>F32 [16, 3, 3, 3]</c>.</summary>
    public string Description => $"{Type} [{string.Join(", ", Shape)}]";
}
