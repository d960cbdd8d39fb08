namespace AdaptiveInference.ML.Transforms;

/// <summary>One residual block of a network, as shown to people.</summary>
/// <param name="Name">Stage and position from 1, such as <c>stage2.block3</c>: also the slot name in the execution path.</param>
/// <param name="Macs">Multiply–accumulates of running the block, its shortcut included.</param>
/// <param name="GateMacs">Multiply–accumulates of asking its gate; 0 for an ungated block.</param>
/// <param name="IsGated">Whether a gate decides per image if the block runs.</param>
public sealed record BlockInfo(string Name, long Macs, long GateMacs, bool IsGated);
