using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Transforms;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Gates;

/// <summary>
/// Feed-forward gates of SkipNet (Wang et al., ECCV 2018, section 3.2). I: max pool 2×2 → 3×3 → 3×3 with stride 2; II: 3×3 with stride 2;
/// each convolution with batch-norm and ReLU, then global average pool → linear to two values, of which the second is open.
/// </summary>
internal sealed class FeedForwardGate : IGateNetwork
{
    private readonly bool _pools;
    private readonly (ConvolutionLayer Convolution, BatchNormLayer Norm)[] _layers;
    private readonly LinearLayer _linear;

    public FeedForwardGate(NetworkTensors tensors, string prefix, GateKind kind)
    {
        _pools = kind == GateKind.FeedForwardI;
        _layers = kind == GateKind.FeedForwardI
            ? [Layer(tensors, prefix, 1, 1), Layer(tensors, prefix, 2, 2)]
            : [Layer(tensors, prefix, 1, 2)];
        _linear = new LinearLayer(tensors, prefix + "linear");
    }

    public Tensor Logit(Tensor features, GatePass pass)
    {
        var x = _pools ? nn.functional.max_pool2d(features, 2) : features;
        foreach (var (convolution, norm) in _layers)
        {
            x = norm.Forward(convolution.Forward(x), pass.BatchStatistics).relu_();
        }

        return TwoStates.Difference(_linear.Forward(Pooling.Average(x)));
    }

    private static (ConvolutionLayer Convolution, BatchNormLayer Norm) Layer(NetworkTensors tensors, string prefix, int number, int stride)
        => (new ConvolutionLayer(tensors, $"{prefix}conv{number}", stride), new BatchNormLayer(tensors, $"{prefix}bn{number}"));
}
