namespace AdaptiveInference.ML.Samplers;

/// <summary>SkipNet's supervised stage: the more likely state, with the gradient of its probability of open.</summary>
internal sealed class StraightThroughSampler : IGateSampler
{
    public GateSample Sample(GateQuery query) => new(StraightThrough.Join(query.MoreLikely(), query.Logit.sigmoid()));
}
