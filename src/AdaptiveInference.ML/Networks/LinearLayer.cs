using static TorchSharp.torch;

namespace AdaptiveInference.ML.Networks;

/// <summary>Fully connected layer: x·Wᵀ + b.</summary>
internal sealed class LinearLayer(Tensor weight, Tensor bias)
{
    public LinearLayer(NetworkTensors tensors, string name)
        : this(tensors[name + ".weight"], tensors[name + ".bias"])
    {
    }

    /// <summary>(N, inputs) → (N, outputs)</summary>
    public Tensor Forward(Tensor x) => nn.functional.linear(x, weight, bias);
}
