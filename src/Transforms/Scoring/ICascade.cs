using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Scoring;

/// <summary>A model that asks a second one where the first is not sure: whoever looks for the one network must not take either.</summary>
internal interface ICascade : ITransformer;
