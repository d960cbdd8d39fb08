using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Inference.Kernels;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Compiled;

/// <summary>
/// One residual block ready to run. The last convolution adds into the output map, which holds the shortcut by then: an identity block's
/// output map <em>is</em> its input map, so that a skipped block touches nothing.
/// </summary>
internal sealed record CompiledBlock
{
    /// <summary>Convolutions of the residual branch in order, and before those in 8 bits the way from floats to bytes.</summary>
    public required Convolution[] Body { get; init; }

    /// <summary>
    /// Writes the shortcut into the output map where it is not the identity: the projection, and before one in 8 bits the way there.
    /// </summary>
    public required Convolution[] Shortcut { get; init; }

    /// <summary>What each convolution of <see cref="Body"/> reads, where all of them are in 32 bits.</summary>
    public required FeatureMap[] Inputs { get; init; }

    /// <summary>Null where the block always runs.</summary>
    public required Gate? Gate { get; init; }

    /// <summary>What the gate makes of a budget, at the knots; null where it is told none.</summary>
    public required float[]? BudgetCurve { get; init; }

    /// <summary>Whether a gate that says neither is open.</summary>
    public required bool OpensAtTie { get; init; }

    /// <summary>Whether the shortcut passes the block's ReLU when the block is skipped.</summary>
    public required bool ReluWhenSkipped { get; init; }

    public required FeatureMap Input { get; init; }

    public required FeatureMap Output { get; init; }

    public required BlockCost Cost { get; init; }

    /// <summary>The exit behind the block.</summary>
    public required CompiledExit? Exit { get; init; }
}
