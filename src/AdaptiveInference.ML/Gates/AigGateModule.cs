using AdaptiveInference.ML.Layers;
using AdaptiveInference.ML.Transforms.Architectures;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Gates;

/// <summary>
/// Gate of ConvNet-AIG (Veit and Belongie, ECCV 2018, section 3.2): global average pool → C→16 → batch-norm → ReLU → 16→2, of which the
/// second value is open.
/// </summary>
internal sealed class AigGateModule(NetworkTensors tensors, AigGateSpec spec) : IGateNetwork
{
    private readonly LinearLayer _fc1 = new(tensors, spec.First);
    private readonly BatchNormLayer _fc1bn = new(tensors, spec.Norm);
    private readonly LinearLayer _fc2 = new(tensors, spec.Second);

    public Tensor Logit(Tensor features, GatePass pass)
    {
        var hidden = _fc1bn.Forward(_fc1.Forward(Pooling.Average(features)), pass.BatchStatistics).relu_();   // (N, C) → (N, 16)
        return GateLogit.Difference(_fc2.Forward(hidden));                                                  // (N, 2) → (N)
    }
}
