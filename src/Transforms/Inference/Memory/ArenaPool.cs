namespace AdaptiveInference.ML.Transforms.Inference.Memory;

/// <summary>Arenas that no worker uses at the moment. There are as many in all as images were ever scored at the same time.</summary>
internal sealed class ArenaPool(long length)
{
    private readonly Lock _lock = new();
    private readonly Stack<AlignedBuffer> _free = new();

    public AlignedBuffer Rent()
    {
        lock (_lock)
        {
            if (_free.TryPop(out var arena))
            {
                return arena;
            }
        }

        return new AlignedBuffer(length);
    }

    public void Return(AlignedBuffer arena)
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
