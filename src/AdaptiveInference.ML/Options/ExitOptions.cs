using AdaptiveInference.ML.Transforms.Options;
using AdaptiveInference.ML.Transforms;

namespace AdaptiveInference.ML;

/// <summary>Early exits: small heads after some blocks, at which an image leaves the network when its answer is certain enough.</summary>
public sealed record ExitOptions
{
    internal const HeadKind DefaultHead = HeadKind.Grid;
    internal const float DefaultLossWeight = 0.5f;
    internal const float DefaultSelfDistillationWeight = 0f;
    internal const bool DefaultFreezeNetwork = false;

    /// <summary>Indices from 0 of the blocks after which there is an exit, increasing, none of them the last block.</summary>
    /// <value>The default is null: three exits, after the blocks that end nearest to 12, 35 and 56 % of the network's MACs.</value>
    public IReadOnlyList<int>? AfterBlocks { get; init; }

    /// <summary>Kind of every exit's head.</summary>
    /// <value>The default is <see cref="HeadKind.Grid"/>.</value>
    public HeadKind Head { get; init; } = DefaultHead;

    /// <summary>Weight of the cross-entropy at each exit, against 1 for the last head. Finite and positive.</summary>
    /// <value>The default is 0.5.</value>
    [InRange(0, Above = true)]
    public float LossWeight { get; init; } = DefaultLossWeight;

    /// <summary>
    /// Whether each head, the last one too, answers with the mean of its own class scores and those of the exits before it, the k-th head
    /// counting k times (Wołczyk et al., "Zero Time Waste", NeurIPS 2021). Earlier answers are computed anyway and err on other images. All
    /// exits that an image comes to are then evaluated, also those at which none may leave.
    /// </summary>
    /// <value>
    /// The default is null: yes where exits and network learn together, no with <see cref="FreezeNetwork"/>, so that the network answers as
    /// before where no image leaves early.
    /// </value>
    public bool? AveragesHeads { get; init; }

    /// <summary>
    /// Weight of the Kullback–Leibler divergence of each head's probabilities, the last one's too, from those of the mean of all heads, in
    /// addition to the cross-entropy; probabilities are softened by the trainer's <c>DistillationTemperature</c>. 0 or more.
    /// </summary>
    /// <value>The default is 0.</value>
    [InRange(0)]
    public float SelfDistillationWeight { get; init; } = DefaultSelfDistillationWeight;

    /// <summary>
    /// Whether to retrofit: only the exits' heads learn, on the network of <c>InitialModel</c> as it is, which answers as before where no
    /// image leaves early. It needs few epochs, and each takes less time. Joint training is more accurate.
    /// </summary>
    /// <value>The default is false: exits and network learn together.</value>
    public bool FreezeNetwork { get; init; } = DefaultFreezeNetwork;
}
