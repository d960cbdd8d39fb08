using static TorchSharp.torch;

namespace AdaptiveInference.ML.Samplers;

/// <summary>
/// Straight-through Gumbel-softmax (Jang et al., arXiv 1611.01144) for two states. The difference of two Gumbel variables is logistic, so
/// soft = σ((logit + ln u − ln(1 − u)) / τ) with u uniform, and the state is open where soft ≥ ½: with probability σ(logit), at any τ.
/// </summary>
/// <param name="temperature">τ above 0; the paper of ConvNet-AIG uses 1.</param>
/// <param name="generator">Where the noise comes from.</param>
internal sealed class GumbelSampler(double temperature, Generator generator) : IGateSampler
{
    // Smallest distance of u from 0 and 1: float32 draws include 0, whose logarithm would make the whole batch infinite.
    private const double Margin = 1e-7;

    public GateSample Sample(GateQuery query)
    {
        var uniform = UniformDraws.Next(query.Logit.shape, generator, query.Logit.device).clamp_(Margin, 1 - Margin);
        var noise = uniform.log() - (1 - uniform).log();
        var soft = ((query.Logit + noise) / temperature).sigmoid();
        using var open = soft.detach().ge(0.5);
        return new GateSample(StraightThrough.Join(open.to(soft.dtype), soft));
    }
}
