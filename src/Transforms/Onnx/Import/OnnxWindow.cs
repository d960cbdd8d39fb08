using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Limits;
using AdaptiveInference.ML.Transforms.Onnx.Protobuf;

namespace AdaptiveInference.ML.Transforms.Onnx.Import;

/// <summary>Where the windows of a convolution or a pool stand on the map.</summary>
internal static class OnnxWindow
{
    /// <summary>Refuses windows with gaps.</summary>
    public static void CheckDilations(NodeProto node)
    {
        if (OnnxNodes.Integers(node, "dilations") is { } dilations && dilations is not [1, 1])
        {
            throw OnnxNodes.Refuse(node, $"is dilated by {QuotedText.List(dilations)}, which is not supported");
        }
    }

    /// <summary>Holds an average to one window, which is the whole map.</summary>
    public static void CheckWhole(NodeProto node, int height, int width)
    {
        CheckSize(node, [height, width]);
        CheckDilations(node);
        if (OnnxNodes.Integers(node, "strides") is { } strides && !(strides.Length == 2 && strides.All(stride => stride > 0)))
        {
            throw OnnxNodes.Refuse(node, $"has strides {QuotedText.List(strides)}; two numbers above 0 are expected");
        }

        if (AutoPad(node) is ("SAME_UPPER" or "SAME_LOWER") and var automatic)
        {
            throw OnnxNodes.Refuse(node, $"has auto_pad {automatic}, where the average over the whole map without padding is expected");
        }

        if (Pads(node, 0, 1, height, width).Any(pad => pad != 0))
        {
            throw OnnxNodes.Refuse(
                node,
                $"is padded by {QuotedText.List(OnnxNodes.Integers(node, "pads")!)}, where the average over the whole map without padding "
                    + "is expected");
        }
    }

    /// <summary>Holds the sides of a window to what is expected.</summary>
    public static void CheckSize(NodeProto node, long[] expected)
    {
        var window = OnnxNodes.Integers(node, "kernel_shape") ?? [];
        if (!window.SequenceEqual(expected))
        {
            throw OnnxNodes.Refuse(node, $"has a window of {QuotedText.List(window)}, where {QuotedText.List(expected)} is expected");
        }
    }

    /// <summary>
    /// Padding before the map says where windows stand; padding behind it only how many there are, so any that gives the same number
    /// will do.
    /// </summary>
    public static void CheckPadding(NodeProto node, int window, int stride, int padding, (int In, int Out) height, (int In, int Out) width)
    {
        var pads = Pads(node, window, stride, height.In, width.In);
        if (pads[0] != padding || pads[1] != padding
            || Windows(pads[2], height.In) != height.Out || Windows(pads[3], width.In) != width.Out)
        {
            throw OnnxNodes.Refuse(
                node,
                $"is padded by {QuotedText.List(pads)}, where {QuotedText.List([padding, padding, padding, padding])} "
                    + "or what comes to the same is expected");
        }

        long Windows(long behind, int side)
            => side + padding + behind - window is >= 0 and var room
                ? Divide(room, stride, up: OnnxNodes.Integer(node, "ceil_mode", 0) == 1) + 1
                : 0;
    }

    private static long[] Pads(NodeProto node, int window, int stride, int height, int width)
    {
        var automatic = AutoPad(node);
        if (automatic is "SAME_UPPER" or "SAME_LOWER")
        {
            var (vertical, horizontal) = (Same(height), Same(width));
            var less = automatic == "SAME_UPPER";
            var (top, left) = (Before(vertical, less), Before(horizontal, less));
            return [top, left, vertical - top, horizontal - left];
        }

        var pads = automatic == "VALID" ? [0, 0, 0, 0] : OnnxNodes.Integers(node, "pads") ?? [0, 0, 0, 0];
        return pads.Length == 4
            ? pads
            : throw OnnxNodes.Refuse(node, $"is padded by {QuotedText.List(pads)}; four numbers are expected");

        long Same(int side) => Math.Max(0, ((long)(ConvolutionSpec.Strided(side, stride) - 1) * stride) + window - side);

        static long Before(long all, bool less) => less ? all / 2 : all - (all / 2);
    }

    private static string AutoPad(NodeProto node)
    {
        var automatic = OnnxNodes.Attribute(node, "auto_pad")?.S.ToStringUtf8() ?? "NOTSET";
        return automatic is "NOTSET" or "VALID" or "SAME_UPPER" or "SAME_LOWER"
            ? automatic
            : throw OnnxNodes.Refuse(
                node, $"has auto_pad '{QuotedText.Short(automatic)}'; NOTSET, VALID, SAME_UPPER or SAME_LOWER is expected");
    }

    private static long Divide(long value, long by, bool up) => up ? (value + by - 1) / by : value / by;
}
