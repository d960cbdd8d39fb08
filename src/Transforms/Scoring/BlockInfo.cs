namespace AdaptiveInference.ML.Transforms;

/// <summary>One residual block of a network.</summary>
public sealed record BlockInfo
{
    internal BlockInfo()
    {
    }

    /// <summary>Stage and position in it, both from 1, such as <c>stage2.block3</c>: also the slot name in the execution path.</summary>
    public string Name { get; internal init; } = "";

    /// <summary>Multiply–accumulates of running the block, its shortcut included.</summary>
    public long Macs { get; internal init; }

    /// <summary>Multiply–accumulates of evaluating its gate; 0 for a block without a gate.</summary>
    public long GateMacs { get; internal init; }

    /// <summary>
    /// Microseconds of running the block, its shortcut included, on one core of the machine that measured; null until
    /// <c>WithTimeBudget</c> has measured. Not saved with the model.
    /// </summary>
    public double? Microseconds { get; internal init; }

    /// <summary>Microseconds of evaluating its gate, the same way; 0 for a block without a gate, null until measured.</summary>
    public double? GateMicroseconds { get; internal init; }

    /// <summary>Whether a gate decides per image if the block runs.</summary>
    public bool IsGated { get; internal init; }
}
