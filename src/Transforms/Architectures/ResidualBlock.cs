namespace AdaptiveInference.ML.Transforms.Architectures;

/// <summary>One residual block: where it stands, its layers, and what decides whether it runs.</summary>
internal sealed class ResidualBlock
{
    /// <summary>Position in the network from 0.</summary>
    public required int Index { get; init; }

    /// <summary>Stage from 1.</summary>
    public required int Stage { get; init; }

    /// <summary>Position in the stage from 1.</summary>
    public required int PositionInStage { get; init; }

    /// <summary>The residual branch: convolutions with a ReLU between them, and none behind the last.</summary>
    public required IReadOnlyList<ConvolutionSpec> Body { get; init; }

    /// <summary>The shortcut where it is not the identity: a 1×1 convolution.</summary>
    public required ConvolutionSpec? Projection { get; init; }

    /// <summary>What decides per image if the block runs; null where it always does.</summary>
    public required GateSpec? Gate { get; init; }

    /// <summary>What the gate makes of a budget; null where it is told none.</summary>
    public required BudgetCurveSpec? BudgetCurve { get; init; }

    /// <summary>
    /// Whether the shortcut of a skipped block passes the block's ReLU: in ConvNet-AIG it does, which changes a projection only; in SkipNet
    /// a skipped block is left out whole.
    /// </summary>
    public required bool ReluWhenSkipped { get; init; }

    public int InChannels => Body[0].Inputs;

    public int InHeight => Body[0].InHeight;

    public int InWidth => Body[0].InWidth;

    public int OutChannels => Body[^1].Outputs;

    public int OutHeight => Body[^1].OutHeight;

    public int OutWidth => Body[^1].OutWidth;

    public bool IsGated => Gate is not null;

    /// <summary>Name for people, such as <c>stage2.block3</c>.</summary>
    public string Name => new BlockName(Stage, PositionInStage).ToString();

    /// <summary>Prefix of the block's tensors in PyTorch's naming, such as <c>layer2.2.</c>.</summary>
    public string Prefix => PrefixOf(Stage, PositionInStage);

    /// <summary>Prefix of a block's tensors.</summary>
    public static string PrefixOf(int stage, int position) => $"layer{stage}.{position - 1}.";
}
