using AdaptiveInference.ML.Transforms.Limits;
using AdaptiveInference.ML.Transforms.Onnx.Protobuf;

namespace AdaptiveInference.ML.Transforms.Onnx.Import;

/// <summary>A convolution as it stands in the graph, with the batch-norm behind it.</summary>
/// <param name="Node">The convolution.</param>
/// <param name="Norm">Its batch-norm; null where it is folded into the weights.</param>
/// <param name="Shape">Outputs, inputs and the two sides of the kernel.</param>
/// <param name="Stride">Step in both directions.</param>
internal sealed record OnnxConvolution(NodeProto Node, NodeProto? Norm, long[] Shape, int Stride)
{
    /// <summary>Name of what it and its batch-norm make.</summary>
    public string Result => OnnxNodes.Result(Norm ?? Node);

    /// <exception cref="FormatException">It is none, or of a kind that residual networks do not have; the message names it.</exception>
    public static OnnxConvolution Of(OnnxNodes nodes, NodeProto node)
    {
        if (node.OpType != "Conv")
        {
            throw OnnxNodes.Refuse(node, "stands where a convolution is expected");
        }

        var weight = nodes.Constant(node, 1) ?? throw OnnxNodes.Refuse(node, "has weights that are not stored in the file");
        long[] shape = [.. weight.Dims];
        if (shape.Length != 4 || shape.Any(side => side is < 1 or > 1 << 20))
        {
            throw OnnxNodes.Refuse(
                node, $"has weights of shape {QuotedText.List(shape)}; outputs, inputs, height and width are expected");
        }

        if (OnnxNodes.Integers(node, "kernel_shape") is { } kernel && !kernel.SequenceEqual(shape[2..]))
        {
            throw OnnxNodes.Refuse(
                node, $"has a kernel_shape of {QuotedText.List(kernel)}, and its weights have the shape {QuotedText.List(shape)}");
        }

        if (OnnxNodes.Integer(node, "group", 1) is not 1 and var groups)
        {
            throw OnnxNodes.Refuse(
                node, $"has {groups} groups, and plain residual networks have one (ResNeXt and depthwise ones are not supported)");
        }

        OnnxWindow.CheckDilations(node);
        var strides = OnnxNodes.Integers(node, "strides") ?? [1, 1];
        if (strides is not [1 or 2, var second] || second != strides[0])
        {
            throw OnnxNodes.Refuse(node, $"has strides {QuotedText.List(strides)}; 1 or 2 in both directions is supported");
        }

        var norm = nodes.Consumers(OnnxNodes.Result(node)) is [{ OpType: "BatchNormalization" } behind] ? behind : null;
        return new OnnxConvolution(node, norm, shape, (int)strides[0]);
    }
}

/// <summary>A residual block as it stands in the graph.</summary>
/// <param name="Body">Convolutions of the residual branch.</param>
/// <param name="Projection">Convolution of the shortcut; null where it has none.</param>
internal sealed record OnnxBlock(IReadOnlyList<OnnxConvolution> Body, OnnxConvolution? Projection);
