using AdaptiveInference.ML.Samplers;
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

    /// <summary>
    /// Budgets that gates are told, 0 to 1; an image whose budget is 1 runs whole. Null is that for all. Read only where gates are told
    /// one. (N)
    /// </summary>
    public Tensor? Budgets { get; init; }

    /// <summary>Class scores of a teacher for the same images, where they are known already. (N, classes)</summary>
    public Tensor? TeacherLogits { get; init; }

    /// <summary>Images of the batch.</summary>
    public long Count => (Images ?? Map ?? HeadInputs[0]).shape[0];

    public static NetworkInput Of(Tensor images) => new() { Images = images };

    /// <summary>The same with the budgets that gates are told; null tells them none.</summary>
    public NetworkInput Told(BatchBudgets? budgets, Device device)
        => budgets is null ? this : this with { Budgets = budgets.OfImages(Count, device) };

    /// <summary>The same of some of the images, without budgets.</summary>
    /// <param name="images">Their numbers. (M)</param>
    public NetworkInput Some(Tensor images) => this with
    {
        Images = Images?.index_select(0, images),
        Map = Map?.index_select(0, images),
        HeadInputs = [.. HeadInputs.Select(values => values.index_select(0, images))],
        GateLogits = [.. GateLogits.Select(logits => logits.index_select(0, images))],
        TeacherLogits = TeacherLogits?.index_select(0, images),
        Budgets = null,
    };
}
