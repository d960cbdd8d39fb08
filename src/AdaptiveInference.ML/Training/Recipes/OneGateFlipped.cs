using AdaptiveInference.ML.Samplers;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Training.Recipes;

/// <summary>
/// What one gate's decision was worth: each image goes its way once more with one of its gates, drawn at random, decided otherwise. The
/// difference of the two cross-entropies is what the straight-through gradient takes from a tangent, measured.
/// </summary>
internal sealed class OneGateFlipped : IGateSampler
{
    /// <summary>Nats that one block counts for, at most: beyond that the label is probably wrong.</summary>
    private const double Most = 2;

    private readonly Tensor _open;
    private readonly Dictionary<int, int> _gateOfBlock;

    /// <param name="step">The way that was gone.</param>
    /// <param name="gates">For each image the gate that is decided otherwise. (N)</param>
    public OneGateFlipped(StepResult step, Tensor gates)
    {
        _gateOfBlock = step.Pass.Gates.Select((gate, number) => (gate.Block, number)).ToDictionary();
        Flipped = nn.functional.one_hot(gates, _gateOfBlock.Count).to(ScalarType.Float32);
        var taken = stack(step.Pass.Gates.Select(gate => gate.Open), 1).detach();
        Sign = ((taken * 2 - 1) * Flipped).sum(1);
        _open = taken + (Flipped * (1 - (taken * 2)));
    }

    /// <summary>1 for the gate that is decided otherwise. (N, gates)</summary>
    public Tensor Flipped { get; }

    /// <summary>1 where that gate was open, −1 where it was shut. (N)</summary>
    public Tensor Sign { get; }

    public GateSample Sample(GateQuery query) => new(_open.select(1, _gateOfBlock[query.Block]));

    /// <summary>
    /// The mean over images of −p · (what opening the gate is worth), p the probability that it opens: its gradient moves the gate by what
    /// was measured. All gates are counted as if each had been drawn.
    /// </summary>
    /// <param name="step">The way that was gone.</param>
    /// <param name="otherwise">The cross-entropy of the other way. (N)</param>
    public Tensor Loss(StepResult step, Tensor otherwise)
    {
        Tensor worth;
        using (no_grad())
        {
            worth = ((otherwise - step.CrossEntropy) * Sign).clamp(-Most, Most);
        }

        var open = (stack(step.Pass.Gates.Select(gate => gate.Logit), 1).sigmoid() * Flipped).sum(1);
        var counts = step.Budgets is { } budgets ? budgets.OfImages(open.shape[0], open.device).lt(1).to(open.dtype) : ones_like(open);
        return -(open * worth * counts).mean() * _gateOfBlock.Count;
    }
}
