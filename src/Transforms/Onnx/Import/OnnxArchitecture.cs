using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Limits;
using AdaptiveInference.ML.Transforms.Onnx.Protobuf;

namespace AdaptiveInference.ML.Transforms.Onnx.Import;

/// <summary>Which architecture a graph has, and whether every layer of it is as that architecture says.</summary>
internal static class OnnxArchitecture
{
    /// <exception cref="FormatException">It is none that exists here; the message names the first layer that differs.</exception>
    public static ResNetArchitecture Of(ResidualGraph graph)
    {
        var isBottleneck = graph.Blocks[0].Body.Count == 3;
        if (graph.Blocks.FirstOrDefault(block => (block.Body.Count == 3) != isBottleneck) is { } other)
        {
            throw OnnxNodes.Refuse(
                other.Body[0].Node,
                $"begins a block of {other.Body.Count} convolutions, and the first block has {graph.Blocks[0].Body.Count}");
        }

        int[] stages = [.. Stages(graph.Blocks)];
        var (width, kernel, stem) = (graph.Stem.Shape[0], graph.Stem.Shape[2], graph.Stem.Node);
        if (!ResNetArchitecture.IsWidth(width))
        {
            throw OnnxNodes.Refuse(stem, $"is a stem of {width} channels; a multiple of 8 from 8 to 256 is expected");
        }

        var architecture = Of(graph, stages, isBottleneck, kernel, stem).WithStemWidth((int)width);
        return graph.Blocks.Any(block => isBottleneck && block.Body[0].Stride > 1)
            ? architecture.WithStrideInFirstConvolution() : architecture;
    }

    private static ResNetArchitecture Of(ResidualGraph graph, int[] stages, bool isBottleneck, long kernel, NodeProto stem)
    {
        try
        {
            return (kernel, graph.Pool) switch
            {
                (7, not null) => ResNetArchitecture.ImageNet(stages, isBottleneck),
                (3, null) when !isBottleneck && stages.Length == 3 && stages.All(blocks => blocks == stages[0])
                    => ResNetArchitecture.Cifar((6 * stages[0]) + 2),
                (3, null) => throw OnnxNodes.Refuse(
                    stem,
                    $"is a 3×3 stem, behind which three stages of equally many basic blocks are expected, got {QuotedText.List(stages)}"),
                _ => throw OnnxNodes.Refuse(
                    stem,
                    $"is a {kernel}×{graph.Stem.Shape[3]} stem {(graph.Pool is null ? "without" : "with")} a max pool; "
                        + "7×7 with one or 3×3 without one is expected"),
            };
        }
        catch (ArgumentException error)
        {
            throw new FormatException(
                QuotedText.Short(char.ToLowerInvariant(error.Message[0]) + error.Message[1..].TrimEnd('.')), error);
        }
    }

    /// <summary>Holds every layer to what the architecture says of it.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="plan">The network for the images that it is to read.</param>
    /// <param name="own">The network for the images that the file names.</param>
    /// <exception cref="FormatException">One differs; the message names it.</exception>
    public static void Check(ResidualGraph graph, BlockPlan plan, BlockPlan own)
    {
        foreach (var network in plan.Spec.Image.Equals(own.Spec.Image) ? [plan] : (BlockPlan[])[plan, own])
        {
            Check(graph.Stem, network.Stem.Convolution);
            if (network.Stem.Pool is { } pool)
            {
                Check(graph.Pool!, pool, network.Stem.Convolution);
            }

            foreach (var block in network.Blocks)
            {
                Check(graph.Blocks[block.Index], block);
            }
        }

        var last = own.Blocks[^1];
        if (graph.Average.OpType == "AveragePool")
        {
            Window(graph.Average, [last.OutHeight, last.OutWidth]);
        }
    }

    // A stage begins where the map is halved or the channels change.
    private static IEnumerable<int> Stages(IReadOnlyList<OnnxBlock> blocks)
    {
        var count = 0;
        for (var i = 0; i < blocks.Count; i++)
        {
            var isFirst = i > 0
                && (blocks[i].Body.Any(layer => layer.Stride > 1) || blocks[i].Body[^1].Shape[0] != blocks[i - 1].Body[^1].Shape[0]);
            if (isFirst)
            {
                yield return count;
                count = 0;
            }

            count++;
        }

        yield return count;
    }

    private static void Check(OnnxBlock found, ResidualBlock expected)
    {
        for (var layer = 0; layer < expected.Body.Count; layer++)
        {
            Check(found.Body[layer], expected.Body[layer]);
        }

        switch (found.Projection, expected.Projection)
        {
            case ({ } projection, { } shortcut):
                Check(projection, shortcut);
                break;
            case ({ } projection, null):
                throw OnnxNodes.Refuse(projection.Node, $"projects the shortcut of {expected.Name}, where the map stays as it is");
            case (null, not null):
                throw OnnxNodes.Refuse(
                    found.Body[0].Node, $"begins {expected.Name} without a projection, where the map changes its size or channels");
        }
    }

    private static void Check(OnnxConvolution found, ConvolutionSpec expected)
    {
        long[] shape = [expected.Outputs, expected.Inputs, expected.Kernel, expected.Kernel];
        if (!found.Shape.SequenceEqual(shape))
        {
            throw OnnxNodes.Refuse(
                found.Node,
                $"has weights of shape {QuotedText.List(found.Shape)}, where {QuotedText.List(shape)} is expected ({expected.Name})");
        }

        if (found.Stride != expected.Stride)
        {
            throw OnnxNodes.Refuse(found.Node, $"has a stride of {found.Stride}, where {expected.Stride} is expected ({expected.Name})");
        }

        Padding(
            found.Node, expected.Kernel, expected.Stride, expected.Padding,
            (expected.InHeight, expected.OutHeight), (expected.InWidth, expected.OutWidth));
    }

    private static void Check(NodeProto found, PoolSpec expected, ConvolutionSpec before)
    {
        Window(found, [expected.Window, expected.Window]);
        if ((OnnxNodes.Integers(found, "strides") ?? [1, 1]) is var strides && strides.Any(stride => stride != expected.Stride))
        {
            throw OnnxNodes.Refuse(found, $"has strides {QuotedText.List(strides)}, where {expected.Stride} is expected");
        }

        Padding(
            found, expected.Window, expected.Stride, expected.Padding,
            (before.OutHeight, ConvolutionSpec.Strided(before.OutHeight, expected.Stride)),
            (before.OutWidth, ConvolutionSpec.Strided(before.OutWidth, expected.Stride)));
    }

    private static void Window(NodeProto node, long[] expected)
    {
        var window = OnnxNodes.Integers(node, "kernel_shape") ?? [];
        if (!window.SequenceEqual(expected))
        {
            throw OnnxNodes.Refuse(node, $"has a window of {QuotedText.List(window)}, where {QuotedText.List(expected)} is expected");
        }
    }

    // Padding before the map says where windows stand; padding behind it only how many there are, so any that gives the same number
    // will do.
    private static void Padding(NodeProto node, int window, int stride, int padding, (int In, int Out) height, (int In, int Out) width)
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
        var automatic = OnnxNodes.Attribute(node, "auto_pad")?.S.ToStringUtf8() ?? "NOTSET";
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

    private static long Divide(long value, long by, bool up) => up ? (value + by - 1) / by : value / by;
}
