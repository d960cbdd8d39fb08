using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML;

/// <summary>
/// What the parts of a network take on one core, in microseconds, for gates to learn by in place of multiply–accumulates (MACs): late
/// stages have small maps, on which a MAC takes several times as long. Measured once and kept, because a training is repeatable only with
/// the same numbers.
/// </summary>
public sealed record MeasuredCosts
{
    /// <summary>
    /// For each block, in order, what running it takes: finite and 0 or more. What a skipped block takes too is not in it.
    /// </summary>
    public required IReadOnlyList<double> BlockMicroseconds { get; init; }

    /// <summary>For each block, in order, what its gate takes: finite and 0 or more; 0 for a block without.</summary>
    public required IReadOnlyList<double> GateMicroseconds { get; init; }

    /// <summary>What every image takes besides: stem, shortcuts and the last head. Finite and 0 or more.</summary>
    public required double OtherMicroseconds { get; init; }

    /// <summary>Measures the network that options describe, on this machine, for about a second. It need not be trained.</summary>
    /// <param name="options">What is to be trained; its architecture, gates and head count.</param>
    /// <param name="image">Size of the images.</param>
    /// <param name="classes">Number of classes, 2 or more.</param>
    /// <returns>The costs; they differ a little from call to call.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer than two classes.</exception>
    /// <exception cref="ArgumentException">The network cannot be of this size.</exception>
    /// <example>
    /// <code>
    /// var options = new ConvNetAigTrainer.Options { ImageShape = new ImageShape(1, 28, 28), AnyBudget = true };
    /// options = options with { Costs = MeasuredCosts.Measure(options, options.ImageShape, classes: 10) };
    /// </code>
    /// </example>
    public static MeasuredCosts Measure(GatedResNetTrainerOptions options, ImageShape image, int classes)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        var plan = BlockPlan.Of(options.Describe(image, classes));
        NetworkSizeCheck.Require(plan);

        // How long it takes does not depend on what the weights are.
        var empty = WeightLayout.Of(plan).ToDictionary(tensor => tensor.Name, tensor => new float[tensor.Length]);
        var weights = new NetworkWeights(plan, empty);
        var channels = new ChannelStatistics(new float[image.Channels], [.. Enumerable.Repeat(1f, image.Channels)]);
        return Of(PlanTiming.Measure(InferencePlan.Compile(plan, weights, channels), [new float[image.Size]]));
    }

    internal static MeasuredCosts Of(CostTable table)
    {
        var blocks = table.Blocks.ToArray();
        return new MeasuredCosts
        {
            BlockMicroseconds = [.. blocks.Select(block => block.Body)],
            GateMicroseconds = [.. blocks.Select(block => block.Gate)],
            OtherMicroseconds = table.Stem + table.Head + blocks.Sum(block => block.Shortcut),
        };
    }

    /// <summary>The same for whoever sums costs. Shortcuts and head are spent always, as the stem is.</summary>
    internal CostTable ToTable()
        => new(
            OtherMicroseconds,
            [.. BlockMicroseconds.Zip(GateMicroseconds, (block, gate) => new BlockPrice(block, 0, gate))],
            exits: [],
            head: 0);
}
