using AdaptiveInference.ML.Layers;
using AdaptiveInference.ML.Transforms.Architectures;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Gates;

/// <summary>
/// Recurrent gate of SkipNet (Wang et al., ECCV 2018, section 3.2): global average pool → this gate's own 1×1 convolution to 10 → the
/// LSTM that all gates share → 10→1. The LSTM meets the blocks' outputs in order, whether or not the blocks ran.
/// </summary>
internal sealed class RecurrentGateModule(NetworkTensors tensors, RecurrentGateSpec spec, RecurrentGateLstmModule control) : IGateNetwork
{
    private readonly LinearLayer _embed = new(tensors, spec.Embedding);

    public Tensor Logit(Tensor features, GatePass pass) => control.Step(_embed.Forward(Pooling.Average(features)), pass);
}
