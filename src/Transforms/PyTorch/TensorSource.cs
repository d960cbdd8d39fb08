using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Transforms.PyTorch;

/// <summary>Where a checkpoint keeps one tensor of a network.</summary>
/// <param name="Target">The tensor as the network names it.</param>
/// <param name="Names">
/// Names in the checkpoint. More than one means that the original module is registered twice: one suffices (safetensors' own writer drops
/// shared copies), and all that are there must be equal.
/// </param>
internal sealed record TensorSource(TensorSpec Target, IReadOnlyList<string> Names);
