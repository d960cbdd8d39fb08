using System.Runtime.CompilerServices;

namespace AdaptiveInference.ML.Transforms.Inference.Memory;

/// <summary>
/// Zeroed floats at a fixed address on a cache line's boundary: misaligned 64-byte loads halve a kernel's speed. The memory is a pinned
/// array, so the garbage collector counts and frees it; users of the pointer keep the buffer alive meanwhile. Under test it is a
/// <see cref="MemoryGuard"/>'s.
/// </summary>
internal sealed unsafe class AlignedBuffer
{
    private const int Alignment = 64;

    // What keeps the memory.
    private readonly object _memory;

    public AlignedBuffer(long length)
    {
        Length = length;
        if (MemoryGuard.Current is { } guard)
        {
            _memory = guard.Take(length, out var start);
            Pointer = start;
            return;
        }

        var array = GC.AllocateArray<float>(checked((int)(length + (Alignment / sizeof(float)))), pinned: true);
        var address = (nuint)Unsafe.AsPointer(ref array[0]);
        Pointer = (float*)((address + Alignment - 1) & ~(nuint)(Alignment - 1));
        _memory = array;
    }

    public float* Pointer { get; }

    public long Length { get; }

    /// <summary>Forbids what lies between an arena's places, where a guard placed them.</summary>
    public void Forbid(GuardedPlaces places, float* origin, long scratch, int workers) => places.Forbid(_memory, origin, scratch, workers);
}
