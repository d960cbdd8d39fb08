using static TorchSharp.torch;

namespace AdaptiveInference.ML.Networks;

/// <summary>Square convolution without bias, padded so that stride alone changes the size.</summary>
internal sealed class ConvolutionLayer
{
    private readonly Tensor _weight;
    private readonly long[] _strides;
    private readonly long[] _padding;

    public ConvolutionLayer(NetworkTensors tensors, string name, int stride = 1)
    {
        _weight = tensors[name + ".weight"];
        _strides = [stride, stride];
        var padding = _weight.shape[2] / 2;
        _padding = [padding, padding];
    }

    public Tensor Forward(Tensor x) => nn.functional.conv2d(x, _weight, null, _strides, _padding);
}
