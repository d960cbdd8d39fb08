namespace AdaptiveInference.ML.Transforms.Inference.Memory;

/// <summary>All memory that one image in flight needs, laid out by an <see cref="ArenaLayout"/>.</summary>
internal sealed unsafe class Arena
{
    private readonly AlignedBuffer _buffer;

    public Arena(ArenaLayout layout)
    {
        _buffer = new AlignedBuffer(layout.ScratchLength + layout.Length);
        Origin = _buffer.Pointer + layout.ScratchLength;
    }

    /// <summary>What offsets count from.</summary>
    public float* Origin { get; }
}
