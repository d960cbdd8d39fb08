using static TorchSharp.torch;

namespace AdaptiveInference.ML.Samplers;

/// <summary>What one gate said and what was done, for every image of a batch. Tensors belong to the caller of the pass.</summary>
/// <param name="Block">Index of the block decided.</param>
/// <param name="Logit">logit(open) − logit(closed): sigmoid gives the probability of open. (N)</param>
/// <param name="Open">1 where the block ran, 0 where it was skipped, with the sampler's gradient. (N)</param>
/// <param name="LogProbability">Log-probability of the state taken where the sampler drew it. (N)</param>
internal sealed record SampledGate(int Block, Tensor Logit, Tensor Open, Tensor? LogProbability);
