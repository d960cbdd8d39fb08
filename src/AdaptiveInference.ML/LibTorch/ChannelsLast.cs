using static TorchSharp.torch;

namespace AdaptiveInference.ML.LibTorch;

/// <summary>
/// Memory order N, H, W, C behind the shape N, C, H, W. Convolutions are much faster in it and keep it, so it is enough to bring
/// images and convolution weights into it. TorchSharp has no argument for it.
/// </summary>
internal static class ChannelsLast
{
    /// <summary>The same values in that order: a view where nothing has to move, else a copy.</summary>
    public static Tensor Of(Tensor tensor)
    {
        var shape = tensor.shape;
        var (images, channels, height, width) = (shape[0], shape[1], shape[2], shape[3]);

        // With one channel or one pixel both orders hold the values alike, and a permuted tensor would count as contiguous as it is: only
        // strides made anew tell libtorch which order is meant.
        var ordered = channels == 1 || height * width == 1
            ? tensor.contiguous().view(images, height, width, channels)
            : tensor.permute(0, 2, 3, 1).contiguous();
        return ordered.permute(0, 3, 1, 2);
    }
}
