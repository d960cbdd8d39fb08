namespace AdaptiveInference.ML.Transforms.Inference.Memory;

/// <summary>Arenas that no worker uses at the moment. There are as many in all as images were ever scored at the same time.</summary>
internal sealed class ArenaPool(ArenaLayout layout, int helpers)
{
    private readonly Lock _lock = new();
    private readonly Stack<Arena> _free = new();

    public Arena Rent()
    {
        lock (_lock)
        {
            if (_free.TryPop(out var arena))
            {
                return arena;
            }
        }

        return new Arena(layout, helpers);
    }

    public void Return(Arena arena)
    {
        lock (_lock)
        {
            _free.Push(arena);
        }
    }

    public void Clear()
    {
        lock (_lock)
        {
            _free.Clear();
        }
    }
}
