using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Execution;

/// <summary>
/// Arenas that no worker uses at the moment. There are as many in all as images were ever scored at the same time, and no more than
/// <see cref="ResourceLimits.MaximumScratchBytes"/> allows: of a network for large images those of all cores could fill a machine, so a
/// worker may have to wait for another's.
/// </summary>
internal sealed class ArenaPool(ArenaLayout layout, int helpers)
{
    // Images of the largest size that is allowed which may be in flight together.
    private const int LargestTogether = 16;

    private readonly object _lock = new();
    private readonly Stack<Arena> _free = new();
    private long _rented;

    /// <summary>Arenas that may be rented at the same time.</summary>
    public long Most { get; } = Math.Max(1, ResourceLimits.MaximumScratchBytes / (sizeof(float) * layout.Length) * LargestTogether);

    /// <summary>Takes an arena; waits where as many are rented as may be.</summary>
    public Arena Rent()
    {
        lock (_lock)
        {
            while (_rented >= Most)
            {
                Monitor.Wait(_lock);
            }

            _rented++;
            if (_free.TryPop(out var arena))
            {
                return arena;
            }
        }

        Arena? made = null;
        try
        {
            return made = new Arena(layout, helpers);
        }
        finally
        {
            if (made is null)
            {
                GiveUp();
            }
        }
    }

    public void Return(Arena arena)
    {
        lock (_lock)
        {
            _free.Push(arena);
            _rented--;
            Monitor.Pulse(_lock);
        }
    }

    public void Clear()
    {
        lock (_lock)
        {
            _free.Clear();
        }
    }

    // There was no memory for it.
    private void GiveUp()
    {
        lock (_lock)
        {
            _rented--;
            Monitor.Pulse(_lock);
        }
    }
}
