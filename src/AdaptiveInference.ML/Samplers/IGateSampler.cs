using static TorchSharp.torch;

namespace AdaptiveInference.ML.Samplers;

/// <summary>What a gate says about a batch.</summary>
/// <param name="Block">Index of the block that it decides.</param>
/// <param name="Logit">logit(open) − logit(closed) of each image. (N)</param>
/// <param name="OpensAtTie">Whether a logit of 0 is open: ConvNet-AIG's rule, not SkipNet's.</param>
internal readonly record struct GateQuery(int Block, Tensor Logit, bool OpensAtTie)
{
    /// <summary>1 for the images whose more likely state is open, else 0, without gradient. (N)</summary>
    public Tensor MoreLikely()
    {
        using var open = OpensAtTie ? Logit.ge(0) : Logit.gt(0);
        return open.to(Logit.dtype);
    }
}

/// <summary>What is done with it.</summary>
/// <param name="Open">1 where the block runs, 0 where it is skipped, with the gradient that the sampler gives it. (N)</param>
/// <param name="LogProbability">Log-probability of the state taken, for REINFORCE; null when the sampler draws none. (N)</param>
internal readonly record struct GateSample(Tensor Open, Tensor? LogProbability = null);

/// <summary>
/// Turns logits into decisions: the second of the three axes gate network × sampler × wiring. Samplers that draw do so from the generator
/// they were made with, never from the process's.
/// </summary>
internal interface IGateSampler
{
    /// <summary>Decides a gated block.</summary>
    GateSample Sample(GateQuery query);

    /// <summary>Decides a block of a static network: 1 where it runs, 0 where it is dropped; null, the rule, runs it for all. (N)</summary>
    Tensor? Mask(int block, long images, Device device) => null;
}
