using AdaptiveInference.ML.Layers;
using AdaptiveInference.ML.Transforms.Architectures;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Gates;

/// <summary>What a gate adds to its logit for the budget that it is told: learnt at the knots, piecewise linear between them.</summary>
internal sealed class BudgetCurve(NetworkTensors tensors, BudgetCurveSpec spec)
{
    private readonly Tensor _values = tensors[spec.Values];

    /// <summary>The number of each image. (N, knots) → (N)</summary>
    /// <param name="shares">See <see cref="Shares"/>.</param>
    public Tensor Forward(Tensor shares) => shares.matmul(_values);

    /// <summary>How much of each knot's number an image has: of the two around its budget, 1 in all. (N) → (N, knots)</summary>
    public static Tensor Shares(Tensor budgets)
    {
        using var scope = NewDisposeScope();
        var knots = arange(BudgetCurveSpec.Knots, dtype: ScalarType.Float32, device: budgets.device);
        var places = (budgets.clamp(0, 1) * (BudgetCurveSpec.Knots - 1)).unsqueeze(1);
        return (1 - (places - knots).abs()).clamp_min(0).MoveToOuterDisposeScope();
    }
}
