using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Transforms.Cost;

/// <summary>
/// What a network needs of a process, computed from its description alone: files say of themselves how large they are, and some of what
/// they say costs nothing to store. The weights of a CIFAR-style network, for one, are as many for images of 4096×4096 as for 32×32.
/// </summary>
/// <param name="Weights">Number of weights, batch-norm statistics included.</param>
/// <param name="Macs">Multiply–accumulates of an image that passes every block, gate and head.</param>
/// <param name="ScratchBytes">Memory for the pixels and feature maps of one image.</param>
internal sealed record NetworkSize(long Weights, long Macs, long ScratchBytes)
{
    // What is laid out so for the widest vectors: channels in groups.
    private const long Lanes = 16;

    // Between the convolutions of a block: after the first, and in a bottleneck after the second; in gates: pooled, middle and last.
    private const int SharedPurposes = 5;

    private const int BytesOfFloat = 4;

    // Of an image in 16 bits: two values to a float, what lies around rows and columns, and the outputs that a stem computes together.
    private const int WidePixelsOfFloat = 2;
    private const long WideBorders = 16;
    private const int WideOutputs = 32;

    // Besides the normalised image: as its row holds it, as it is decoded, and the black one that a plan is tried with.
    private const long PixelCopies = 3;

    /// <summary>The size of a network.</summary>
    /// <param name="plan">The network.</param>
    /// <param name="inEightBits">Whether convolutions may be in 8 bits.</param>
    public static NetworkSize Of(BlockPlan plan, bool inEightBits = false)
    {
        long weights = 0;
        foreach (var tensor in WeightLayout.Of(plan))
        {
            weights += tensor.Length;
        }

        var cost = new CostModel(plan);
        var macs = cost.Full;
        foreach (var block in cost.Blocks)
        {
            macs += block.Gate;
        }

        foreach (var exit in cost.Exits)
        {
            macs += exit;
        }

        return new NetworkSize(weights, macs, sizeof(float) * (Maps(plan) + Heads(plan) + (inEightBits ? EightBitMaps(plan) : 0)));
    }

    // As the compiled network places them: blocks without a projection work in their input's map, and what one block leaves behind another
    // of the same shape uses again.
    private static long Maps(BlockPlan plan)
    {
        var (image, stem) = (plan.Spec.Image, plan.Stem.Convolution);
        var floats = (MapBorder.Side(image.Height, stem.Padding) * MapBorder.Side(image.Width, stem.Padding) * image.Channels)
            + (PixelCopies * image.Size)
            + Map(stem.Outputs, stem.OutHeight, stem.OutWidth)
            + (plan.Stem.Pool is null ? 0 : Map(stem.Outputs, plan.Stem.OutHeight, plan.Stem.OutWidth));

        // Of each purpose the shape that came last: shapes change from stage to stage and do not come back.
        Span<long> shared = stackalloc long[SharedPurposes];
        foreach (var block in plan.Blocks)
        {
            floats += block.Projection is null ? 0 : Map(block.OutChannels, block.OutHeight, block.OutWidth);
            for (var i = 0; i < block.Body.Count - 1; i++)
            {
                floats += Shared(ref shared[i], block.Body[i].Outputs, block.Body[i].OutHeight, block.Body[i].OutWidth);
            }

            if (block.Gate is FeedForwardGateSpec gate)
            {
                var first = gate.Convolutions[0];
                floats += gate.Pool is null ? 0 : Shared(ref shared[2], first.Inputs, first.InHeight, first.InWidth);
                for (var i = 0; i < gate.Convolutions.Count; i++)
                {
                    var layer = gate.Convolutions[i];
                    floats += Shared(ref shared[3 + i], layer.Outputs, layer.OutHeight, layer.OutWidth);
                }
            }

            // Vectors of gates: hidden units and outputs.
            floats += block.IsGated ? 4 * Lanes : 0;
        }

        return floats;

        static long Shared(ref long last, long channels, long height, long width)
            => IsNew(ref last, channels, height, width) ? Map(channels, height, width) : 0;
    }

    // As much as there can be: the image in 16 bits, each block's input in rounded floats, and what every convolution reads as bytes.
    private static long EightBitMaps(BlockPlan plan)
    {
        var image = plan.Spec.Image;
        var floats = (image.Channels * (image.Height + WideBorders) * (image.Width + WideBorders) / WidePixelsOfFloat)
            + RoundUp(image.Height, Lanes) + (2 * RoundUp(plan.Stem.Convolution.Outputs, WideOutputs));
        Span<long> shared = stackalloc long[SharedPurposes];
        foreach (var block in plan.Blocks)
        {
            for (var i = 0; i < block.Body.Count; i++)
            {
                var layer = block.Body[i];
                if (IsNew(ref shared[i], layer.Inputs, layer.InHeight, layer.InWidth))
                {
                    // Around bytes there is one pixel, less than around floats, and one float for each row.
                    floats += (i == 0 ? Map(layer.Inputs, layer.InHeight, layer.InWidth) : 0)
                        + RoundUp(Map(layer.Inputs, layer.InHeight, layer.InWidth) / BytesOfFloat, Lanes) + RoundUp(layer.InHeight, Lanes);
                }
            }
        }

        return floats;
    }

    private static bool IsNew(ref long last, long channels, long height, long width)
    {
        const int SizeBits = 16;
        var shape = (((channels << SizeBits) | height) << SizeBits) | width;
        var isNew = shape != last;
        last = shape;
        return isNew;
    }

    private static long Map(long channels, long height, long width)
        => RoundUp(channels, Lanes) * ((MapBorder.Side(height, MapBorder.Width) * MapBorder.Side(width, MapBorder.Width)) + 1);

    // Class scores of every head, and what a grid head pools.
    private static long Heads(BlockPlan plan)
    {
        var floats = Head(plan.Head, plan.FeatureChannels, plan.Spec.Classes) + RoundUp(plan.Spec.Classes, Lanes);
        for (var exit = 0; exit < plan.Exits.Count; exit++)
        {
            floats += Head(plan.Exits[exit], plan.Blocks[plan.Spec.Exits[exit].AfterBlock].OutChannels, plan.Spec.Classes);
        }

        return floats;
    }

    private static long Head(HeadSpec head, long channels, long classes)
        => RoundUp(classes, Lanes) + head switch
        {
            GridHeadSpec grid => (2 * NetworkSpec.GridSide * NetworkSpec.GridSide * RoundUp(channels, Lanes)) + grid.First.Outputs,
            QuartersHeadSpec => QuartersHeadSpec.Side * QuartersHeadSpec.Side * RoundUp(channels, Lanes),
            _ => 0,
        };

    private static long RoundUp(long value, long unit) => (value + unit - 1) / unit * unit;
}
