using AdaptiveInference.ML.Layers;
using AdaptiveInference.ML.Transforms.Architectures;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Gates;

/// <summary>
/// Feed-forward gates of SkipNet (Wang et al., ECCV 2018, section 3.2). I: max pool 2×2 → 3×3 → 3×3 with stride 2; II: 3×3 with stride 2;
/// each convolution with batch-norm and ReLU, then global average pool → linear to two values, of which the second is open.
/// </summary>
internal sealed class FeedForwardGateModule(NetworkTensors tensors, FeedForwardGateSpec spec) : IGateNetwork
{
    private readonly (ConvolutionLayer Convolution, BatchNormLayer Norm)[] _layers =
        [.. spec.Convolutions.Select(layer => (new ConvolutionLayer(tensors, layer), new BatchNormLayer(tensors, layer.Norm)))];

    private readonly LinearLayer _linear = new(tensors, spec.Linear);

    public Tensor Logit(Tensor features, GatePass pass)
    {
        var x = spec.Pool is { } pool ? nn.functional.max_pool2d(features, pool.Window, pool.Stride, pool.Padding) : features;
        foreach (var (convolution, norm) in _layers)
        {
            x = norm.Forward(convolution.Forward(x), pass.BatchStatistics).relu_();
        }

        return GateLogit.Difference(_linear.Forward(Pooling.Average(x)));
    }
}
