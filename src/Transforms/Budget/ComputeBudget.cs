using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Model;
using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Budget;

/// <summary>
/// Searches the thresholds of gates and exits, together, under which images cost a given share of the network on average and are
/// classified best, by their labels where there are any and by an estimate elsewhere: see <see cref="ComputeBudgetAnswers"/>.
/// </summary>
/// <remarks>
/// Gates span a narrow range of compute and exits nearly all of it. So gates are tried at a handful of settings (thresholds, and budgets
/// where they are told one), and for each of them the thresholds of all exits are computed from what every exit answers for every image,
/// after one run for each head.
/// </remarks>
internal static class ComputeBudget
{
    /// <summary>Distance from the budget, as a compute fraction, within which it counts as met.</summary>
    private const double Tolerance = 0.02;

    /// <summary>The policy of a model under which data like the given comes near to a budget.</summary>
    /// <param name="model">The model, whose own policy is where the search starts.</param>
    /// <param name="plan">Gives its plan; called only when the budget can be met at all.</param>
    /// <param name="columns">Names of its columns.</param>
    /// <param name="data">The images.</param>
    /// <param name="budget">Wanted mean compute fraction.</param>
    /// <param name="warn">Told what a user should know about the data.</param>
    /// <param name="labelName">Name of the label column; null for images without labels.</param>
    /// <exception cref="ArgumentOutOfRangeException">The budget is out of reach.</exception>
    /// <exception cref="ArgumentException">There are no rows.</exception>
    /// <returns>The policy, and what it was chosen by.</returns>
    public static (ScoringPolicy Policy, BudgetCalibration Calibration) Find(
        GatedResNetModel model, Func<InferencePlan> plan, ScoringColumns columns, IDataView data, double budget,
        Action<string>? warn = null, string? labelName = null)
    {
        if (!(budget > 0 && double.IsFinite(budget)))
        {
            throw CostUnit.Macs(new CostModel(model.Blocks)).NotPositive(budget);
        }

        // Before the plan is waited for and data are read.
        if (!HasDial(model) && budget < 1)
        {
            throw CostUnit.Macs(new CostModel(model.Blocks)).NothingToSave(budget);
        }

        var images = ComputeBudgetImages.Read(model, plan(), columns.Features, data, labelName);
        if (images.ScaleProblem() is { } problem)
        {
            warn?.Invoke(problem);
        }

        return (Choose(images, model, budget), BudgetCalibration.Of(images, model.Policy));
    }

    /// <summary>The policy under which images come near to a budget.</summary>
    /// <param name="images">The images, and the unit in which their cost is counted.</param>
    /// <param name="model">The model, whose own policy is where the search starts.</param>
    /// <param name="budget">Wanted mean cost, as a fraction of the whole network.</param>
    /// <exception cref="ArgumentOutOfRangeException">The budget is out of reach.</exception>
    public static ScoringPolicy Choose(ComputeBudgetImages images, GatedResNetModel model, double budget)
        => !HasDial(model) && budget < 1 ? throw images.Unit.NothingToSave(budget) : Search(images, model)(budget);

    /// <summary>What gives the policy for one budget after another, from one evaluation of the images.</summary>
    /// <param name="images">The images, and the unit in which their cost is counted.</param>
    /// <param name="model">The model, whose own policy is where the search starts; it has gates or exits.</param>
    /// <returns>From a budget to the policy; throws where the budget is out of reach.</returns>
    public static Func<double, ScoringPolicy> Search(ComputeBudgetImages images, GatedResNetModel model)
    {
        if (model.Spec.Exits.Count == 0)
        {
            return budget => GateThresholdForBudget.Choose(images, model.Policy, budget);
        }

        var (own, reference) = ComputeBudgetAnswers.Evaluate(images, model.Policy, reference: null);
        var settings = HasGates(model) ? GateThresholdForBudget.Settings(images, model.Policy) : [];
        var others = settings.Select(setting => ComputeBudgetAnswers.Evaluate(images, setting, reference).Answers).ToList();
        return budget => WithExits(images.Unit, own, others, budget);
    }

    /// <summary>
    /// The choice with the highest expected accuracy among those that come near to the budget; where none does, because costs come in
    /// steps, among those that come nearest. A choice far below the budget is not taken, even if its expected accuracy is higher.
    /// </summary>
    /// <param name="choices">At least one, none above the budget.</param>
    /// <param name="budget">Wanted mean compute fraction.</param>
    public static ExitThresholdsForBudget Best(IReadOnlyCollection<ExitThresholdsForBudget> choices, double budget)
    {
        var near = Math.Min(budget - Tolerance, choices.Max(choice => choice.Fraction));
        return choices.Where(choice => choice.Fraction >= near).MaxBy(choice => choice.ExpectedAccuracy)!;
    }

    private static bool HasGates(GatedResNetModel model) => model.Blocks.Blocks.Any(block => block.IsGated);

    private static bool HasDial(GatedResNetModel model) => model.Spec.Exits.Count > 0 || HasGates(model);

    private static ScoringPolicy WithExits(CostUnit unit, ComputeBudgetAnswers own, List<ComputeBudgetAnswers> others, double budget)
    {
        // The first of the settings has every gate open: with no early exit it is the whole network, from which on nothing is saved.
        var whole = others.Count > 0 ? others[0] : own;
        if (budget >= Math.Round(whole.Most, 9))
        {
            return whole.Policy with { ExitConfidence = [.. Enumerable.Repeat(1f, whole.Exits)] };
        }

        var all = others.Prepend(own).ToList();
        if (all.Min(answers => answers.Least) is var least && least > budget)
        {
            throw unit.OutOfReach(budget, least, whole.Most);
        }

        var reachable = all.Where(answers => answers.Least <= budget);
        var best = Best([.. reachable.Select(answers => ExitThresholdsForBudget.Choose(answers, budget))], budget);
        return best.Answers.Policy with { ExitConfidence = best.Thresholds };
    }
}
