using static TorchSharp.torch;

namespace AdaptiveInference.ML.Networks;

/// <summary>Batch-norm over channels with PyTorch's defaults: ε = 1e-5, running statistics move by 0.1 per batch.</summary>
internal sealed class BatchNormLayer(NetworkTensors tensors, string name)
{
    private const double Epsilon = 1e-5;
    private const double Momentum = 0.1;

    private readonly Tensor _weight = tensors[name + ".weight"];
    private readonly Tensor _bias = tensors[name + ".bias"];
    private readonly Tensor _mean = tensors[name + ".running_mean"];
    private readonly Tensor _variance = tensors[name + ".running_var"];

    /// <param name="x">(N, C) or (N, C, H, W).</param>
    /// <param name="batchStatistics">True normalises with this batch's statistics and updates the running ones; false uses those.</param>
    public Tensor Forward(Tensor x, bool batchStatistics)
        => nn.functional.batch_norm(x, _mean, _variance, _weight, _bias, batchStatistics, Momentum, Epsilon);
}
