namespace AdaptiveInference.ML.Transforms.Architectures;

/// <summary>A head after a block, at which an image may leave the network.</summary>
/// <param name="AfterBlock">Index of the block whose output the head reads.</param>
/// <param name="Head">Kind of the head.</param>
internal sealed record ExitSpec(int AfterBlock, HeadKind Head);

/// <summary>
/// Everything that decides which layers a network has and how large they are. Weights, cost, torch modules, the inference plan, model
/// files and exporters all start from this one value.
/// </summary>
internal sealed record NetworkSpec
{
    /// <summary>Channels between the two halves of a ConvNet-AIG gate.</summary>
    public const int AigGateWidth = 16;

    /// <summary>Input and state width of SkipNet's shared LSTM.</summary>
    public const int RecurrentGateWidth = 10;

    /// <summary>Rows and columns that a grid head pools a feature map to.</summary>
    public const int GridSide = 4;

    /// <summary>Hidden width of a grid head.</summary>
    public const int GridWidth = 64;

    /// <summary>Largest accepted number of classes: more is a mistaken label column.</summary>
    public const int MaximumClasses = 100_000;

    public required NetworkKind Network { get; init; }

    public required ResNetArchitecture Architecture { get; init; }

    /// <summary>Only SkipNet reads this.</summary>
    public GateKind Gate { get; init; } = GateKind.Recurrent;

    public required ImageShape Image { get; init; }

    /// <summary>Classes to tell apart; 0 for a network that ends with its features.</summary>
    public required int Classes { get; init; }

    /// <summary>The last head.</summary>
    public HeadKind Head { get; init; } = HeadKind.Pooled;

    /// <summary>Whether gates are told a budget, see <see cref="BudgetCurveSpec"/>. Only networks with gates have it.</summary>
    public bool AnyBudget { get; init; }

    /// <summary>Early exits in the order in which an image meets them.</summary>
    public IReadOnlyList<ExitSpec> Exits { get; init; } = [];

    /// <summary>
    /// Whether every head answers with the mean of its own class scores and those of the exits before it, see <see cref="HeadMean"/>. All
    /// exits that an image comes to are then evaluated, also those at which none may leave.
    /// </summary>
    public bool AveragesHeads { get; init; }

    /// <summary>What the network is, for people, such as <c>SkipNet over ResNet-20 (CIFAR) with early exits</c>.</summary>
    public string Name
        => (Network switch
        {
            NetworkKind.SkipNet => $"SkipNet over {Architecture}",
            NetworkKind.ConvNetAig => $"ConvNet-AIG over {Architecture}",
            _ => $"{Architecture}",
        }) + (AnyBudget ? " for any budget" : "") + (Exits.Count > 0 ? " with early exits" : "");
}
