namespace AdaptiveInference.ML.Transforms.Inference.Execution;

/// <summary>How long each part of a network took for one image, in ticks of the stopwatch. Overwritten image after image.</summary>
/// <param name="blocks">Number of blocks.</param>
/// <param name="exits">Number of early exits.</param>
internal sealed class PartTicks(int blocks, int exits)
{
    /// <summary>From raw pixels to what the first block reads.</summary>
    public long Stem { get; set; }

    /// <summary>Convolutions of the residual branch of each block.</summary>
    public long[] Bodies { get; } = new long[blocks];

    /// <summary>Projection of each block; next to nothing where there is none.</summary>
    public long[] Shortcuts { get; } = new long[blocks];

    /// <summary>Gate of each block; next to nothing where there is none.</summary>
    public long[] Gates { get; } = new long[blocks];

    /// <summary>Head of each early exit, softmax included.</summary>
    public long[] Exits { get; } = new long[exits];

    /// <summary>The last head, softmax included.</summary>
    public long Head { get; set; }
}
