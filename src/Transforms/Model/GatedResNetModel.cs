using AdaptiveInference.ML.Transforms.Architectures;
using ResizingKind = Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind;

namespace AdaptiveInference.ML.Transforms.Model;

/// <summary>A trained network with all that is needed to score it: what training makes and what a model file holds.</summary>
internal sealed class GatedResNetModel
{
    public GatedResNetModel(BlockPlan blocks, NetworkWeights weights, ChannelStatistics channels, ClassLabels classes, ScoringPolicy policy)
    {
        if (channels.Channels != blocks.Spec.Image.Channels)
        {
            throw new ArgumentException(
                $"Channel mean and standard deviation must have {blocks.Spec.Image.Channels} values for images of {blocks.Spec.Image}, "
                + $"got {channels.Channels}.");
        }

        if (classes.Count != blocks.Spec.Classes)
        {
            throw new ArgumentException($"The network has {blocks.Spec.Classes} classes, got {classes.Count} class names.");
        }

        if (policy.Budget is not null != blocks.Spec.AnyBudget)
        {
            throw new ArgumentException(
                blocks.Spec.AnyBudget ? "The network's gates must be told a budget, got none."
                    : "The network's gates are told no budget, got one.");
        }

        Blocks = blocks;
        Weights = weights;
        Channels = channels;
        Classes = classes;
        Policy = policy;
    }

    public BlockPlan Blocks { get; }

    public NetworkSpec Spec => Blocks.Spec;

    public NetworkWeights Weights { get; }

    public ChannelStatistics Channels { get; }

    public ClassLabels Classes { get; }

    /// <summary>Thresholds that scoring starts with.</summary>
    public ScoringPolicy Policy { get; }

    /// <summary>Order in which pixels of a vector without dimensions stand: as in the data that the network was trained on.</summary>
    public PixelLayout FlatLayout { get; init; }

    /// <summary>How images of other proportions than the network's are made to fit. ML.NET's own first value is another.</summary>
    public ResizingKind Resizing { get; init; } = ResizingKind.Fill;

    /// <summary>What is certified about <see cref="Policy"/>; null where nothing is.</summary>
    public AccuracyGuarantee? Guarantee { get; init; }

    /// <summary>Which answers are accepted, and what is certified about them; null where all are taken as they come.</summary>
    public RefusalGuarantee? Refusal { get; init; }

    /// <summary>What answers are accepted by where that is <see cref="RefusalScore.Distance"/>; else null.</summary>
    public ClassDistances? Distances { get; init; }

    /// <summary>What 8-bit numbers stand for; null where the network is to be computed in 32 bits.</summary>
    public Int8Ranges? Int8 { get; init; }

    /// <summary>The same network with other thresholds, about which nothing is certified.</summary>
    /// <param name="policy">The thresholds.</param>
    /// <param name="allChosen">Whether none of them is left from before.</param>
    public GatedResNetModel With(ScoringPolicy policy, bool allChosen = true)
        => new(Blocks, Weights, Channels, Classes, policy)
        {
            FlatLayout = FlatLayout, Resizing = Resizing,
            Int8 = allChosen ? Int8?.With(Blocks, Int8.Calibration with { ThresholdsChosenAfterwards = true }) : Int8,
        };

    /// <summary>The same network with something certified.</summary>
    public GatedResNetModel With(AccuracyGuarantee? guarantee, RefusalGuarantee? refusal, ClassDistances? distances = null)
        => new(Blocks, Weights, Channels, Classes, Policy)
        {
            FlatLayout = FlatLayout, Resizing = Resizing, Int8 = Int8, Guarantee = guarantee, Refusal = refusal,
            Distances = distances,
        };

    /// <summary>The same network for images that are made to fit otherwise, about which nothing is certified.</summary>
    public GatedResNetModel With(ResizingKind resizing)
        => new(Blocks, Weights, Channels, Classes, Policy) { FlatLayout = FlatLayout, Resizing = resizing, Int8 = Int8 };

    /// <summary>The same network in 8 bits, about which nothing is certified.</summary>
    public GatedResNetModel With(Int8Ranges int8)
        => new(Blocks, Weights, Channels, Classes, Policy) { FlatLayout = FlatLayout, Resizing = Resizing, Int8 = int8 };
}
