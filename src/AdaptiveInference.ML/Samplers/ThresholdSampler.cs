namespace AdaptiveInference.ML.Samplers;

/// <summary>Evaluation: the more likely state, nothing drawn, no gradient.</summary>
internal sealed class ThresholdSampler : IGateSampler
{
    public GateSample Sample(GateQuery query) => new(query.MoreLikely());
}
