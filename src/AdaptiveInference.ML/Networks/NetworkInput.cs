using static TorchSharp.torch;

namespace AdaptiveInference.ML.Networks;

/// <summary>
/// What a pass starts from: images, or what the first blocks made of them. Those may be computed once for all epochs where nothing in them
/// learns.
/// </summary>
internal sealed record NetworkInput
{
    /// <summary>Normalised images; null behind blocks that are done. (N, C, H, W)</summary>
    public Tensor? Images { get; init; }

    /// <summary>Blocks that are done.</summary>
    public int BlocksDone { get; init; }

    /// <summary>What the next block reads; null before the stem, and behind the last block. (N, C, H, W)</summary>
    public Tensor? Map { get; init; }

    /// <summary>
    /// Pooled, what the heads read whose maps are done: those of exits in their order, and behind the last block the last head's.
    /// (N, values)
    /// </summary>
    public IReadOnlyList<Tensor> HeadInputs { get; init; } = [];

    /// <summary>What the gates of blocks that are done gave, in order. (N)</summary>
    public IReadOnlyList<Tensor> GateLogits { get; init; } = [];

    /// <summary>Class scores of a teacher for the same images, where they are known already. (N, classes)</summary>
    public Tensor? TeacherLogits { get; init; }

    public static NetworkInput Of(Tensor images) => new() { Images = images };
}
