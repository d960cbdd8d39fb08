using AdaptiveInference.ML.Transforms.Limits;
using AdaptiveInference.ML.Transforms.Onnx.Protobuf;

namespace AdaptiveInference.ML.Transforms.Onnx.Import;

/// <summary>
/// What makes images × channels of the averages, images × channels × 1 × 1. Whatever would make another shape of them is refused.
/// </summary>
/// <param name="nodes">The graph.</param>
/// <param name="channels">Channels of the last block.</param>
/// <param name="batch">Number of images that the file asks for; 0 where it leaves it open.</param>
internal sealed class OnnxFlat(OnnxNodes nodes, long channels, long batch)
{
    /// <summary>Dimensions of the value so far: 4, or fewer.</summary>
    public int Rank { get; private set; } = 4;

    /// <summary>Follows an operator.</summary>
    /// <exception cref="FormatException">It makes another shape; the message names it.</exception>
    public void Follow(NodeProto node)
    {
        Rank = node.OpType switch
        {
            "ReduceMean" => OnnxNodes.Integer(node, "keepdims", 1) == 1 ? Rank : 2,
            "Flatten" => Flatten(node),
            "Squeeze" => Squeeze(node),
            "Reshape" => Reshape(node),
            _ => Rank,
        };
    }

    private int Flatten(NodeProto node)
    {
        var axis = OnnxNodes.Integer(node, "axis", 1);
        return axis == 1 || axis == 1 - Rank
            ? 2
            : throw OnnxNodes.Refuse(node, $"has axis {axis}, where 1 is expected: images × channels");
    }

    private int Squeeze(NodeProto node)
    {
        var axes = OnnxNodes.Integers(node, "axes") ?? nodes.Integers(node, 1) ?? [];
        long[] sides = [.. axes.Select(axis => axis < 0 ? axis + Rank : axis).Distinct()];
        return axes.Length > 0 && sides.Length == axes.Length && sides.All(side => side >= 2 && side < Rank)
            ? Rank - axes.Length
            : throw OnnxNodes.Refuse(
                node, $"removes the axes {QuotedText.List(axes)}, where those of height and width, [2, 3], are expected to be named");
    }

    private int Reshape(NodeProto node)
    {
        if (nodes.Integers(node, 1) is not { } target)
        {
            return IsOfBatch(node)
                ? 2
                : throw OnnxNodes.Refuse(node, "has a target shape that is not stored in the file; images × channels is expected");
        }

        // 0 stands for the size as it is, and -1, which there may be once, for what is left.
        var copies = OnnxNodes.Integer(node, "allowzero", 0) == 0;
        var isFlat = target is [var images, var features]
            && (images == -1 || (images == 0 && copies) || images == Math.Max(batch, 1))
            && (features == channels || (features == -1 && images != -1) || (features == 0 && copies));
        return isFlat
            ? 2
            : throw OnnxNodes.Refuse(
                node, $"has the target shape {QuotedText.List(target)}, where images × channels, [-1, {channels}], is expected");
    }

    // x.view(x.size(0), -1) as PyTorch writes it for any number of images: Shape → Gather 0 → Unsqueeze → Concat with the other size.
    private bool IsOfBatch(NodeProto node)
        => Maker(node, 1) is { OpType: "Concat", Input.Count: 2 } target
            && target.Attribute is [{ Name: "axis", I: 0 }]
            && nodes.Integers(target, 1) is [var features] && (features == -1 || features == channels)
            && Maker(target, 0) is { OpType: "Unsqueeze" } images
            && (OnnxNodes.Integers(images, "axes") ?? nodes.Integers(images, 1)) is [0]
            && Maker(images, 0) is { OpType: "Gather" } first && OnnxNodes.Integer(first, "axis", 0) == 0 && nodes.Integers(first, 1) is [0]
            && Maker(first, 0) is { OpType: "Shape", Attribute.Count: 0 };

    private NodeProto? Maker(NodeProto node, int input) => input < node.Input.Count ? nodes.Maker(node.Input[input]) : null;
}
