namespace AdaptiveInference.ML.Transforms.Model;

/// <summary>
/// What can be changed after training, over unchanged weights: the budget that gates are told, how sure a gate must be to open, and an exit
/// to be taken.
/// </summary>
internal sealed record ScoringPolicy
{
    /// <summary>The networks' own rules and no early exit.</summary>
    public static ScoringPolicy Default { get; } = new();

    /// <summary>
    /// A gate opens when its probability of open is at least this, 0 to 1. Null is the network's own rule: above one half for SkipNet,
    /// at least one half for ConvNet-AIG. At 0 gates are not evaluated at all, and cost nothing.
    /// </summary>
    public float? GateThreshold { get; init; }

    /// <summary>
    /// The share of the whole network's compute that gates are told to aim for, 0 to 1. At 1 every block runs and gates are not evaluated.
    /// Null for gates that are told none.
    /// </summary>
    public float? Budget { get; init; }

    /// <summary>Whether every block runs and no gate is evaluated.</summary>
    public bool OpensAllGates => GateThreshold is <= 0 || Budget is >= 1;

    /// <summary>
    /// An image leaves at exit i when its largest class probability there is at least this, 0 to 1. At 1 the exit's head is not evaluated,
    /// unless later heads average with it. Empty is 1 for all exits.
    /// </summary>
    public IReadOnlyList<float> ExitConfidence { get; init; } = [];

    /// <summary>
    /// Whether an exit is evaluated: one that no image may leave at only where later heads average with it.
    /// </summary>
    /// <param name="exit">Position among the exits.</param>
    /// <param name="averagesHeads">Whether they do.</param>
    public bool Evaluates(int exit, bool averagesHeads) => averagesHeads || ExitRule.MayLeave(ConfidenceOf(exit));

    /// <summary>The threshold of one exit.</summary>
    public float ConfidenceOf(int exit) => exit < ExitConfidence.Count ? ExitConfidence[exit] : 1f;
}
