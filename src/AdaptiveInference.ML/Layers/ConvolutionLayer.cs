using AdaptiveInference.ML.Transforms.Architectures;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Layers;

/// <summary>Square convolution without bias, padded so that stride alone changes the size.</summary>
/// <remarks>
/// A 1×1 convolution is a matrix product, for which channels-last order needs no copy. libtorch 2.10's own kernels for it in that order
/// size their blocks by the processor's caches; where a virtual machine does not report those, larger layers were seen to give wrong
/// values or to end the process with a division by zero.
/// </remarks>
internal sealed class ConvolutionLayer
{
    private readonly Tensor _weight;
    private readonly long _stride;
    private readonly long[] _strides;
    private readonly long[] _padding;
    private readonly bool _isProduct;

    public ConvolutionLayer(NetworkTensors tensors, ConvolutionSpec spec)
    {
        _weight = tensors[spec.Name + ".weight"];
        _stride = spec.Stride;
        _strides = [spec.Stride, spec.Stride];
        _padding = [spec.Padding, spec.Padding];
        _isProduct = spec.Kernel == 1;
    }

    /// <summary>(N, C, H, W) → (N, outputs, ⌈H/stride⌉, ⌈W/stride⌉)</summary>
    public Tensor Forward(Tensor x)
    {
        // In the precision of what comes in; the weight itself and its gradient stay in single precision.
        var weight = _weight.to(x.dtype);
        return _isProduct ? Product(x, weight) : nn.functional.conv2d(x, weight, null, _strides, _padding);
    }

    private Tensor Product(Tensor x, Tensor weight)
    {
        var (outputs, inputs) = (weight.shape[0], weight.shape[1]);
        if (_stride != 1)
        {
            x = x.slice(2, 0, x.shape[2], _stride).slice(3, 0, x.shape[3], _stride);
        }

        var (images, height, width) = (x.shape[0], x.shape[2], x.shape[3]);
        var rows = x.permute(0, 2, 3, 1).reshape(images * height * width, inputs);
        return nn.functional.linear(rows, weight.view(outputs, inputs)).view(images, height, width, outputs).permute(0, 3, 1, 2);
    }
}
