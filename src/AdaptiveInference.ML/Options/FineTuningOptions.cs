using AdaptiveInference.ML.Transforms.Options;

namespace AdaptiveInference.ML;

/// <summary>
/// How a network goes on from the weights of <c>InitialModel</c>: what of it stays as it is, and how much more slowly the rest learns than
/// new heads and gates. The defaults are for 300 to 3,000 images.
/// </summary>
/// <remarks>
/// What stays as it is is computed once for every image and kept: in memory up to 512 MiB, beyond that in a temporary file, and not at all
/// where it would take more than 4 GiB. That is so with <see cref="ImageAugmentation.None"/> and with <see cref="ImageAugmentation.Flip"/>,
/// for which each image is kept twice (not where the network subtracts a mean image, as that of <c>PretrainedResNet18</c> does: a mirrored
/// image is then another one); other augmentations make new images in every epoch, for which everything is computed again. In networks with
/// gates it reaches to the first gate: behind it the path, and with it every value, changes as the gate learns.
/// </remarks>
public sealed record FineTuningOptions
{
    internal const int DefaultFrozenStages = 2;
    internal const bool DefaultFreezeBatchNorm = true;
    internal const float DefaultBackboneRate = 0.02f;
    internal const float DefaultHeadRate = 0.2f;
    internal const int DefaultEpochsPerStage = 0;
    internal const bool DefaultFitHeads = true;

    /// <summary>
    /// Number of first stages that stay as they are, the stem with them: weights and batch-norm statistics do not change by a bit. At
    /// least 0, which freezes nothing; the number of the network's stages (3 in CIFAR's style, 4 in ImageNet's) freezes all but heads,
    /// exits and gates, and without gates makes an epoch a matter of seconds. Gates in frozen stages and exits behind them learn.
    /// </summary>
    /// <value>The default is 2.</value>
    [InRange(0)]
    public int FrozenStages { get; init; } = DefaultFrozenStages;

    /// <summary>
    /// Whether batch-norm keeps its statistics in the stages that learn, too: those of many images are better than those of a few. Its
    /// weights and biases learn. New gates and heads always have statistics of the images at hand.
    /// </summary>
    /// <value>The default is true.</value>
    public bool FreezeBatchNorm { get; init; } = DefaultFreezeBatchNorm;

    /// <summary>
    /// Learning rate of stem and blocks as a part of <c>LearningRate</c>, which is that of gates. It is that of linear heads too, which
    /// have no norm and would be thrown about by more. Finite and positive. Where batch-norm keeps its statistics, a product of the two of
    /// 0.005 and batches of 16 were seen to end in a loss that is no number.
    /// </summary>
    /// <value>The default is 0.02.</value>
    [InRange(0, Above = true)]
    public float BackboneRate { get; init; } = DefaultBackboneRate;

    /// <summary>
    /// Learning rate of grid heads, those of exits among them, as a part of <c>LearningRate</c>: they start from a fit and have less to
    /// learn than gates. Finite and positive. Without <see cref="FitHeads"/> they have as much to learn, and 1 is the choice.
    /// </summary>
    /// <value>The default is 0.2.</value>
    [InRange(0, Above = true)]
    public float HeadRate { get; init; } = DefaultHeadRate;

    /// <summary>
    /// Gradual unfreezing: the last stage learns from the first epoch on, and after every so many epochs the stage before joins in, down to
    /// <see cref="FrozenStages"/>. At least 0, which lets all of them learn from the start.
    /// </summary>
    /// <value>The default is 0.</value>
    [InRange(0)]
    public int EpochsPerStage { get; init; } = DefaultEpochsPerStage;

    /// <summary>
    /// Whether heads that <c>InitialModel</c> does not have are fitted to its features before the first epoch, with the network as it is.
    /// Heads that start from random numbers send large gradients through weights that have been learnt.
    /// </summary>
    /// <value>The default is true.</value>
    public bool FitHeads { get; init; } = DefaultFitHeads;

    /// <summary>Whether frozen parts are computed once; the result is the same without.</summary>
    internal bool Caches { get; init; } = true;
}
