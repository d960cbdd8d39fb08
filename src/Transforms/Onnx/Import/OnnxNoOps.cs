using AdaptiveInference.ML.Transforms.Onnx.Protobuf;
using DataType = AdaptiveInference.ML.Transforms.Onnx.Protobuf.TensorProto.Types.DataType;

namespace AdaptiveInference.ML.Transforms.Onnx.Import;

/// <summary>Operators that change nothing at inference, and why others that look alike do.</summary>
internal static class OnnxNoOps
{
    /// <summary>Whether an operator's first output is its first input.</summary>
    public static bool ChangesNothing(OnnxNodes nodes, NodeProto node) => node.OpType switch
    {
        "Identity" => true,
        "Cast" => IsReal(Target(node)),
        "Dropout" => !Trains(nodes, node),
        "Pad" => Pads(nodes, node) is { Length: > 0 } pads && pads.All(pad => pad == 0),
        _ => false,
    };

    /// <summary>Why images may not go through an operator, where there is more to say than that it is out of place.</summary>
    public static string? Reason(OnnxNodes nodes, NodeProto node) => node.OpType switch
    {
        "Cast" => $"casts to numbers of type {Target(node)}, which rounds; casts to float, float16, bfloat16 and double can be read",
        "Dropout" when Trains(nodes, node) => "is in training mode or not told in the file that it is not, which is not supported",
        "Slice" => "takes a part of the map: heads over its quarters or over a grid cannot be imported, only an average over the whole",
        _ => null,
    };

    /// <summary>Whether numbers of a type are floating-point ones.</summary>
    public static bool IsReal(long type)
        => (DataType)type is DataType.Float or DataType.Float16 or DataType.Double or DataType.Bfloat16;

    private static long Target(NodeProto node) => OnnxNodes.Integer(node, "to", 0);

    private static bool Trains(OnnxNodes nodes, NodeProto node)
        => node.Input.Count > 2 && node.Input[2].Length > 0 && !(nodes.Constant(node, 2) is { } mode && OnnxTensor.IsFalse(mode));

    // PyTorch writes one before every AveragePool. Its widths are an attribute up to operator set 10, an input from 11 on.
    private static long[]? Pads(OnnxNodes nodes, NodeProto node) => OnnxNodes.Integers(node, "pads") ?? nodes.Integers(node, 1);
}
