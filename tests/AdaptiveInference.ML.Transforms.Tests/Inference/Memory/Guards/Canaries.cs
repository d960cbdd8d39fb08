using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Tests.Inference.Memory.Guards;

/// <summary>
/// Values on either side of all memory that nobody may change, which works on every system. Who changes one is found by
/// <see cref="Check"/>; who reads one computes with NaN, which shows in results that depend on it.
/// </summary>
internal sealed unsafe class Canaries : MemoryGuard
{
    // A NaN that no arithmetic makes.
    private const uint Pattern = 0xFFA5_1CEB;

    private readonly List<(object Memory, nint Start, long Length)> _forbidden = [];

    /// <inheritdoc />
    public override int Page => 1024;

    /// <inheritdoc />
    public override bool IsBehind => true;

    /// <inheritdoc />
    public override object Take(long length, out float* start)
    {
        var array = GC.AllocateArray<float>(checked((int)(length + (2L * Page))), pinned: true);
        var first = (float*)Unsafe.AsPointer(ref array[0]);
        Forbid(array, first, Page);
        Forbid(array, first + Page + length, Page);
        start = first + Page;
        return array;
    }

    /// <inheritdoc />
    public override void Forbid(object memory, float* start, long length)
    {
        new Span<uint>(start, (int)length).Fill(Pattern);
        _forbidden.Add((memory, (nint)start, length));
    }

    /// <summary>Fails where a forbidden value was changed, and lets go of all memory.</summary>
    public void Check(string what)
    {
        foreach (var (memory, start, length) in _forbidden)
        {
            var changed = new ReadOnlySpan<uint>((void*)start, (int)length).IndexOfAnyExcept(Pattern);
            Assert.AreEqual(-1, changed, $"{what}: float {changed} of {length} beyond a piece of memory was written.");
            GC.KeepAlive(memory);
        }

        _forbidden.Clear();
    }
}
