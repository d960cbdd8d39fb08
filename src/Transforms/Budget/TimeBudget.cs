using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Model;
using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Budget;

/// <summary>
/// The search of <see cref="ComputeBudget"/> with time in place of multiply–accumulates: late stages have small maps, on which one of these
/// takes several times as long.
/// </summary>
internal static class TimeBudget
{
    /// <summary>Images that the network is timed on, in turns: times hardly depend on them.</summary>
    public const int Timed = 8;

    /// <summary>The policy of a model under which data like the given comes near to a share of the whole network's time.</summary>
    /// <param name="model">The model, whose own policy is where the search starts.</param>
    /// <param name="plan">Gives its plan.</param>
    /// <param name="columns">Names of its columns.</param>
    /// <param name="data">The images.</param>
    /// <param name="fraction">Wanted mean time, as a fraction.</param>
    /// <param name="measure">Times the parts of a plan on some images.</param>
    /// <param name="labelName">Name of the label column; null for images without labels.</param>
    /// <returns>The policy, what the parts take, and what the policy was chosen by.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The fraction is not positive, or out of reach.</exception>
    /// <exception cref="ArgumentException">There are no rows.</exception>
    public static (ScoringPolicy Policy, CostTable Times, BudgetCalibration Calibration) Find(
        GatedResNetModel model, Func<InferencePlan> plan, ScoringColumns columns, IDataView data, double fraction,
        Func<InferencePlan, IReadOnlyList<float[]>, CostTable>? measure = null, string? labelName = null)
        => fraction > 0 && double.IsFinite(fraction)
            ? Find(model, plan(), columns, data, labelName, times => (CostUnit.TimeFraction(times), fraction), measure)
            : throw CostUnit.TimeFraction(CostTable.OfMacs(new CostModel(model.Blocks))).NotPositive(fraction);

    /// <summary>The policy of a model under which data like the given comes near to a time.</summary>
    /// <param name="model">The model, whose own policy is where the search starts.</param>
    /// <param name="plan">Gives its plan.</param>
    /// <param name="columns">Names of its columns.</param>
    /// <param name="data">The images.</param>
    /// <param name="perImage">Wanted mean time.</param>
    /// <param name="measure">Times the parts of a plan on some images.</param>
    /// <param name="labelName">Name of the label column; null for images without labels.</param>
    /// <returns>The policy, what the parts take, and what the policy was chosen by.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time is not positive, or out of reach.</exception>
    /// <exception cref="ArgumentException">There are no rows.</exception>
    public static (ScoringPolicy Policy, CostTable Times, BudgetCalibration Calibration) Find(
        GatedResNetModel model, Func<InferencePlan> plan, ScoringColumns columns, IDataView data, TimeSpan perImage,
        Func<InferencePlan, IReadOnlyList<float[]>, CostTable>? measure = null, string? labelName = null)
        => perImage > TimeSpan.Zero
            ? Find(
                model, plan(), columns, data, labelName,
                times => (CostUnit.Milliseconds(times), perImage.TotalMicroseconds / times.Full), measure)
            : throw new ArgumentOutOfRangeException(
                nameof(perImage),
                FormattableString.Invariant($"Time per image must be above 0, got {perImage.TotalMilliseconds} ms."));

    private static (ScoringPolicy Policy, CostTable Times, BudgetCalibration Calibration) Find(
        GatedResNetModel model, InferencePlan plan, ScoringColumns columns, IDataView data, string? labelName,
        Func<CostTable, (CostUnit Unit, double Fraction)> budgetOf, Func<InferencePlan, IReadOnlyList<float[]>, CostTable>? measure)
    {
        var images = ComputeBudgetImages.Read(model, plan, columns.Features, data, labelName);
        var times = (measure ?? PlanTiming.Measure)(plan, images.Some(Timed));
        var (unit, fraction) = budgetOf(times);
        return (ComputeBudget.Choose(images.In(unit), model, fraction), times, BudgetCalibration.Of(images, model.Policy));
    }
}
