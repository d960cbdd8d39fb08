using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Training.Optimisation;

/// <summary>
/// The numbers of a tensor in the order in which they lie in memory, whatever order its shape gives them: what is done to every element
/// alike needs no other.
/// </summary>
internal sealed class FlatTensor : IDisposable
{
    private readonly Tensor _view;
    private readonly long[] _strides;

    private FlatTensor(Tensor view, long[] strides) => (_view, _strides) = (view, strides);

    public int Length => (int)_view.shape[0];

    public Span<float> Values => MemoryMarshal.Cast<byte, float>(_view.bytes);

    /// <summary>A view of a tensor, which lives until it is disposed.</summary>
    /// <returns>Null where the tensor is on another device, of another type, has gaps, or is too large for a span.</returns>
    public static FlatTensor? Of(Tensor tensor)
    {
        var (shape, strides) = (tensor.shape, tensor.stride());
        return tensor.device_type == DeviceType.CPU && tensor.dtype == ScalarType.Float32 && IsDense(shape, strides)
            && tensor.numel() <= int.MaxValue / sizeof(float)
                ? new FlatTensor(tensor.detach().as_strided([tensor.numel()], [1L]).DetachFromDisposeScope(), strides)
                : null;
    }

    /// <summary>Whether elements of equal place in both tensors have equal place in memory.</summary>
    public bool IsLike(FlatTensor other) => _strides.AsSpan().SequenceEqual(other._strides) && Length == other.Length;

    public void Dispose() => _view.Dispose();

    private static bool IsDense(long[] shape, long[] strides)
    {
        var last = 0L;
        for (var axis = 0; axis < shape.Length; axis++)
        {
            last += (shape[axis] - 1) * strides[axis];
        }

        return last + 1 == shape.Aggregate(1L, (product, size) => product * size) && !strides.Contains(0);
    }
}
