namespace AdaptiveInference.ML.Transforms.Architectures;

/// <summary>
/// What a gate makes of the budget that it is told: a number that is added to its log-odds of open, the same for all images. It is learnt
/// at a few budgets and piecewise linear between them, so that scoring adds one number for each gate.
/// </summary>
internal sealed class BudgetCurveSpec(string name) : LayerSpec(name)
{
    /// <summary>Budgets at which there is a number: evenly spaced from 0 to 1.</summary>
    public const int Knots = 11;

    public string Values => Name + ".bias";

    /// <inheritdoc />
    public override void AddTensors(List<TensorSpec> list) => list.Add(new TensorSpec(Values, Knots));

    /// <summary>Budget of a knot.</summary>
    public static float BudgetOf(int knot) => knot / (Knots - 1f);

    /// <summary>The number at a budget; beyond 0 and 1 it stays as it is there.</summary>
    /// <param name="values">One for each knot.</param>
    /// <param name="budget">The budget.</param>
    public static float At(ReadOnlySpan<float> values, float budget)
    {
        var place = Math.Clamp(budget, 0, 1) * (Knots - 1);
        var knot = Math.Min((int)place, Knots - 2);
        return values[knot] + ((values[knot + 1] - values[knot]) * (place - knot));
    }
}
