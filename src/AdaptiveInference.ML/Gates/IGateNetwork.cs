using static TorchSharp.torch;

namespace AdaptiveInference.ML.Gates;

/// <summary>A gate network: the first of the three axes gate network × sampler × wiring.</summary>
internal interface IGateNetwork
{
    /// <summary>One number per image: logit(open) − logit(closed). (N, C, H, W) → (N)</summary>
    Tensor Logit(Tensor features, GatePass pass);
}

/// <summary>What gates share during one pass through the network.</summary>
/// <param name="batchStatistics">Whether batch-norm uses and updates with the statistics of this batch.</param>
internal sealed class GatePass(bool batchStatistics)
{
    public bool BatchStatistics { get; } = batchStatistics;

    /// <summary>State of SkipNet's shared LSTM after the gates so far; null, which stands for zeros, before the first. (N, 10)</summary>
    public (Tensor Hidden, Tensor Cell)? Recurrent { get; set; }
}
