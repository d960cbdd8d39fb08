using System.Runtime.InteropServices;
using AdaptiveInference.ML.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Training.Data;

/// <summary>Buffers for the images and classes of one training step, written by one thread while another computes on their twin.</summary>
internal sealed class Batch : IBatch, IDisposable
{
    private readonly Tensor _pixels;
    private readonly Tensor _labels;

    public Batch(int capacity, int channels, int height, int width)
    {
        // Interleaved channels, seen through a permutation: what torch calls channels-last, without a copy.
        _pixels = torch.empty([capacity, height, width, channels], dtype: ScalarType.Float32).DetachFromDisposeScope();
        _labels = torch.empty([capacity], dtype: ScalarType.Int64).DetachFromDisposeScope();
    }

    /// <summary>Images in the buffer.</summary>
    public int Count { get; set; }

    public Span<float> Pixels => MemoryMarshal.Cast<byte, float>(_pixels.bytes);

    public Span<long> Labels => MemoryMarshal.Cast<byte, long>(_labels.bytes);

    /// <summary>The images as (N, C, H, W) on a device, valid until the buffer is filled again.</summary>
    public Tensor ImagesOn(Device device) => _pixels.narrow(0, 0, Count).permute(0, 3, 1, 2).to(device);

    /// <inheritdoc />
    public NetworkInput InputOn(Device device) => NetworkInput.Of(ImagesOn(device));

    /// <summary>The classes as (N) on a device, valid until the buffer is filled again.</summary>
    public Tensor LabelsOn(Device device) => _labels.narrow(0, 0, Count).to(device);

    public void Dispose()
    {
        _pixels.Dispose();
        _labels.Dispose();
    }
}
