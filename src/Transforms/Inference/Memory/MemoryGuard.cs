namespace AdaptiveInference.ML.Transforms.Inference.Memory;

/// <summary>
/// What tests put around the memory that kernels work in, to find reads and writes beyond it: guard pages, or canary values. Outside tests
/// there is none, which is checked once for every piece of memory and never while an image is scored.
/// </summary>
internal abstract unsafe class MemoryGuard
{
    /// <summary>The guard of this process; memory that was taken before it was set has none.</summary>
    public static MemoryGuard? Current { get; set; }

    /// <summary>Floats of the smallest piece that can be forbidden.</summary>
    public abstract int Page { get; }

    /// <summary>Whether data ends where what is forbidden begins, or begins where it ends; there may be room at the other end.</summary>
    public abstract bool IsBehind { get; }

    /// <summary>Floats that an arena has too few behind every map, to see whether a kernel reads as far as it says.</summary>
    public virtual int Shortfall => 0;

    /// <summary>Takes zeroed memory between two forbidden pieces.</summary>
    /// <param name="length">Floats.</param>
    /// <param name="start">The first.</param>
    /// <returns>What keeps the memory as long as it is reachable.</returns>
    public abstract object Take(long length, out float* start);

    /// <summary>Forbids whole pages within memory that was taken.</summary>
    public abstract void Forbid(object memory, float* start, long length);

    /// <summary>Lengths that are whole pages.</summary>
    public long RoundUp(long length) => (length + Page - 1) / Page * Page;
}
