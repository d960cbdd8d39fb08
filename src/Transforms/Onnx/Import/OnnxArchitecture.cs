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
            OnnxWindow.CheckWhole(graph.Average, last.OutHeight, last.OutWidth);
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

        OnnxWindow.CheckPadding(
            found.Node, expected.Kernel, expected.Stride, expected.Padding,
            (expected.InHeight, expected.OutHeight), (expected.InWidth, expected.OutWidth));
    }

    private static void Check(NodeProto found, PoolSpec expected, ConvolutionSpec before)
    {
        OnnxWindow.CheckSize(found, [expected.Window, expected.Window]);
        OnnxWindow.CheckDilations(found);
        long[] steps = [expected.Stride, expected.Stride];
        if ((OnnxNodes.Integers(found, "strides") ?? [1, 1]) is var strides && !strides.SequenceEqual(steps))
        {
            throw OnnxNodes.Refuse(found, $"has strides {QuotedText.List(strides)}, where {expected.Stride} is expected");
        }

        OnnxWindow.CheckPadding(
            found, expected.Window, expected.Stride, expected.Padding,
            (before.OutHeight, ConvolutionSpec.Strided(before.OutHeight, expected.Stride)),
            (before.OutWidth, ConvolutionSpec.Strided(before.OutWidth, expected.Stride)));
    }
}
