using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Execution;

/// <summary>All memory that one image in flight needs, laid out by an <see cref="ArenaLayout"/>.</summary>
internal sealed unsafe class Arena
{
    private readonly AlignedBuffer _buffer;
    private readonly long _scratchLength;

    /// <summary>Takes the memory.</summary>
    /// <param name="layout">What lies where.</param>
    /// <param name="helpers">Workers besides the first, each of which gets scratch of its own.</param>
    public Arena(ArenaLayout layout, int helpers = 0)
    {
        layout.Guarded?.Settle();
        _scratchLength = layout.ScratchLength;
        _buffer = new AlignedBuffer((_scratchLength * (helpers + 1)) + layout.Length);
        Origin = _buffer.Pointer + (_scratchLength * (helpers + 1));
        if (layout.Guarded is { } places)
        {
            _buffer.Forbid(places, Origin, _scratchLength, helpers + 1);
        }

        Team = helpers > 0 ? new WorkerTeam(this, helpers) : null;
    }

    /// <summary>What offsets count from.</summary>
    public float* Origin { get; }

    /// <summary>The helpers that may work at the image, null where one core does.</summary>
    public WorkerTeam? Team { get; }

    /// <summary>What a worker's offsets of scratch count from; the first worker's number is 0.</summary>
    public float* Scratch(int worker) => Origin - (worker * _scratchLength);
}
