namespace AdaptiveInference.ML.Transforms;

/// <summary>One early exit of a network: a head after a block, at which an image may leave.</summary>
public sealed record ExitInfo
{
    internal ExitInfo()
    {
    }

    /// <summary>Index from 0 of the block that it follows.</summary>
    public int AfterBlock { get; internal init; }

    /// <summary>Kind of its head.</summary>
    public HeadKind Head { get; internal init; }

    /// <summary>Multiply–accumulates of evaluating its head.</summary>
    public long Macs { get; internal init; }

    /// <summary>
    /// Microseconds of evaluating its head, on one core of the machine that measured; null until <c>WithTimeBudget</c> has measured. Not
    /// saved with the model.
    /// </summary>
    public double? Microseconds { get; internal init; }

    /// <summary>
    /// Compute fraction of an image that runs every block up to here and leaves, above 0: stem, blocks and this exit's head, without gates
    /// and without the exits before.
    /// </summary>
    public double ComputeFraction { get; internal init; }
}
