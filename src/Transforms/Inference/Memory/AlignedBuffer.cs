using System.Runtime.CompilerServices;

namespace AdaptiveInference.ML.Transforms.Inference.Memory;

/// <summary>
/// Zeroed floats at a fixed address on a cache line's boundary: misaligned 64-byte loads halve a kernel's speed. The memory is a pinned
/// array, so the garbage collector counts and frees it; whoever uses the pointer keeps the buffer alive meanwhile.
/// </summary>
internal sealed unsafe class AlignedBuffer
{
    private const int Alignment = 64;

    private readonly float[] _array;

    public AlignedBuffer(long length)
    {
        _array = GC.AllocateArray<float>(checked((int)(length + (Alignment / sizeof(float)))), pinned: true);
        var address = (nuint)Unsafe.AsPointer(ref _array[0]);
        Pointer = (float*)((address + Alignment - 1) & ~(nuint)(Alignment - 1));
        Length = length;
    }

    public float* Pointer { get; }

    public long Length { get; }
}
