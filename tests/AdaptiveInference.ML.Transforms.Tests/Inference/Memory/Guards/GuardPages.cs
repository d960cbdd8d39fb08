using System.ComponentModel;
using System.Runtime.ConstrainedExecution;
using System.Runtime.InteropServices;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Tests.Inference.Memory.Guards;

/// <summary>
/// Pages on either side of all memory that the processor lets nobody read or write: who does ends the process, at the instruction that did
/// it. Memory is unmapped when nobody keeps it any more, so that a pointer that outlives its owner ends the process as well. Linux only.
/// </summary>
/// <param name="isBehind">Which of the two pages lies against the data, to the byte; the other may be up to a page away.</param>
/// <param name="shortfall">See <see cref="MemoryGuard.Shortfall"/>.</param>
internal sealed unsafe class GuardPages(bool isBehind, int shortfall = 0) : MemoryGuard
{
    private const int None = 0;
    private const int ReadAndWrite = 3;
    private const int PrivateAndAnonymous = 0x22;

    /// <inheritdoc />
    public override int Page { get; } = Environment.SystemPageSize / sizeof(float);

    /// <inheritdoc />
    public override bool IsBehind => isBehind;

    /// <inheritdoc />
    public override int Shortfall => shortfall;

    /// <inheritdoc />
    public override object Take(long length, out float* start)
    {
        var room = RoundUp(Math.Max(length, 1));
        var mapping = new Mapping(room + (2L * Page));
        Protect(mapping.Start, Page);
        Protect(mapping.Start + Page + room, Page);
        start = mapping.Start + Page + (isBehind ? room - length : 0);
        return mapping;
    }

    /// <inheritdoc />
    public override void Forbid(object memory, float* start, long length) => Protect(start, length);

    private static void Protect(float* start, long length)
        => Check(mprotect((nint)start, (nuint)length * sizeof(float), None) == 0, nameof(mprotect));

    private static void Check(bool succeeded, string call)
    {
        if (!succeeded)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), call);
        }
    }

    [DllImport("libc", SetLastError = true)]
    private static extern nint mmap(nint address, nuint length, int protection, int flags, int file, nint offset);

    [DllImport("libc", SetLastError = true)]
    private static extern int mprotect(nint address, nuint length, int protection);

    [DllImport("libc", SetLastError = true)]
    private static extern int munmap(nint address, nuint length);

    private sealed class Mapping : CriticalFinalizerObject
    {
        private readonly nuint _bytes;

        public Mapping(long length)
        {
            _bytes = (nuint)length * sizeof(float);
            var address = mmap(0, _bytes, ReadAndWrite, PrivateAndAnonymous, -1, 0);
            Check(address != -1, nameof(mmap));
            Start = (float*)address;
            GC.AddMemoryPressure((long)_bytes);
        }

        ~Mapping()
        {
            munmap((nint)Start, _bytes);
            GC.RemoveMemoryPressure((long)_bytes);
        }

        public float* Start { get; }
    }
}
