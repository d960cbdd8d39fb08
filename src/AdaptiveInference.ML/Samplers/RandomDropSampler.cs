using static TorchSharp.torch;

namespace AdaptiveInference.ML.Samplers;

/// <summary>
/// Random block dropping, the baseline that learned gates have to beat: each block is dropped for each image independently of what the
/// image shows. It is stochastic depth (Huang et al., arXiv 1603.09382) at a constant rate, drawn per image and not per batch.
/// </summary>
/// <param name="rate">Probability that a block is dropped, 0 to 1.</param>
/// <param name="generator">Where the draws come from.</param>
internal sealed class RandomDropSampler(double rate, Generator generator) : IGateSampler
{
    public GateSample Sample(GateQuery query) => new(Mask(query.Block, query.Logit.shape[0], query.Logit.device));

    public Tensor Mask(int block, long images, Device device)
        => UniformDraws.Next([images], generator, device).ge(rate).to(ScalarType.Float32);
}
