using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.PyTorch;

/// <summary>What a checkpoint and its import options give together.</summary>
internal sealed record ImportedNetwork(BlockPlan Plan, NetworkWeights Weights, ChannelStatistics Statistics);
