using AdaptiveInference.ML.Transforms.Architectures;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Layers;

/// <summary>Batch-norm over channels with PyTorch's defaults: ε = 1e-5, running statistics move by 0.1 per batch.</summary>
internal sealed class BatchNormLayer(NetworkTensors tensors, BatchNormSpec spec)
{
    private const double Momentum = 0.1;

    private readonly Tensor _weight = tensors[spec.Name + ".weight"];
    private readonly Tensor _bias = tensors[spec.Name + ".bias"];
    private readonly Tensor _mean = tensors[spec.Name + ".running_mean"];
    private readonly Tensor _variance = tensors[spec.Name + ".running_var"];

    /// <param name="x">(N, C) or (N, C, H, W).</param>
    /// <param name="batchStatistics">True normalises with this batch's statistics and updates the running ones; false uses those.</param>
    public Tensor Forward(Tensor x, bool batchStatistics)
        => nn.functional.batch_norm(x, _mean, _variance, _weight, _bias, batchStatistics, Momentum, BatchNormSpec.Epsilon);
}
