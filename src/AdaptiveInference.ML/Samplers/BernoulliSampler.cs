using static TorchSharp.torch;

namespace AdaptiveInference.ML.Samplers;

/// <summary>
/// SkipNet's reinforcement stage: each gate is drawn from its probability, and the log-probability of the state drawn is what REINFORCE
/// (Williams 1992) multiplies its reward with. The decision itself carries no gradient.
/// </summary>
/// <param name="generator">Where the draws come from.</param>
internal sealed class BernoulliSampler(Generator generator) : IGateSampler
{
    public GateSample Sample(GateQuery query)
    {
        var uniform = UniformDraws.Next(query.Logit.shape, generator, query.Logit.device);
        var open = uniform.lt(query.Logit.detach().sigmoid()).to(query.Logit.dtype);

        // ln σ(z) where open, ln(1 − σ(z)) = ln σ(−z) where closed.
        return new GateSample(open, nn.functional.logsigmoid(query.Logit * ((2 * open) - 1)));
    }
}
