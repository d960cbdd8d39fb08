using AdaptiveInference.ML.Transforms.Architectures;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Layers;

/// <summary>Fully connected layer: x·Wᵀ + b.</summary>
internal sealed class LinearLayer(Tensor weight, Tensor bias)
{
    public LinearLayer(NetworkTensors tensors, LinearSpec spec)
        : this(tensors[spec.Name + ".weight"], tensors[spec.Name + ".bias"])
    {
    }

    /// <summary>(N, inputs) → (N, outputs)</summary>
    public Tensor Forward(Tensor x) => nn.functional.linear(x, weight, bias);
}
