using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Transforms.Model;

/// <summary>What a file and its import options give together.</summary>
internal sealed record ImportedNetwork(BlockPlan Plan, NetworkWeights Weights, ChannelStatistics Statistics);
