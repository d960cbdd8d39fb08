using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Budget;

/// <summary>
/// What a budget counts, and how it is said when it is out of reach. The search itself knows fractions of the whole alone.
/// </summary>
internal sealed record CostUnit
{
    private CostUnit(CostTable table) => Table = table;

    /// <summary>What each part costs.</summary>
    public CostTable Table { get; }

    /// <summary>Cost that is said for a fraction of 1.</summary>
    public double Whole { get; private init; } = 1;

    private string Quantity { get; init; } = "Compute fraction";

    private string Parameter { get; init; } = "computeFraction";

    private string Where { get; init; } = "on this data";

    private string Suffix { get; init; } = "";

    /// <summary>Multiply–accumulates, as a fraction of the whole network's.</summary>
    public static CostUnit Macs(CostModel cost) => new(CostTable.OfMacs(cost));

    /// <summary>Time, as a fraction of the whole network's.</summary>
    public static CostUnit TimeFraction(CostTable times) => new(times)
    {
        Quantity = "Time fraction", Parameter = "fraction", Where = "on this data and this machine",
    };

    /// <summary>Time in milliseconds.</summary>
    /// <param name="times">In microseconds.</param>
    public static CostUnit Milliseconds(CostTable times) => new(times)
    {
        Quantity = "Time per image", Parameter = "perImage", Where = "on this data and this machine", Suffix = " ms",
        Whole = times.Full / 1000,
    };

    /// <summary>The error of a budget that is no positive number.</summary>
    public ArgumentOutOfRangeException NotPositive(double budget)
    {
        var finite = double.IsInfinity(budget) ? "a finite number " : "";
        return new(Parameter, FormattableString.Invariant($"{Quantity} must be {finite}above 0, got {budget * Whole}{Suffix}."));
    }

    /// <summary>The error of a budget that the network cannot meet.</summary>
    public ArgumentOutOfRangeException OutOfReach(double budget, double least, double most)
        => new(Parameter, $"{Named(budget)} is out of reach: {Where} the network can run at {Say(least)} to {Say(most)}.");

    /// <summary>The error of any budget below the whole, for a network that has nothing to save with.</summary>
    public ArgumentOutOfRangeException NothingToSave(double budget) => new(
        Parameter,
        $"{Named(budget)} is out of reach: this network has neither gates nor early exits, so that every image costs {Say(1)}. Train a "
        + "SkipNet or a ConvNet-AIG, or add exits.");

    /// <summary>What an image has cost, as a fraction of the whole network.</summary>
    /// <param name="plan">The network.</param>
    /// <param name="policy">The thresholds that it ran at.</param>
    /// <param name="trace">What it ran through.</param>
    public double FractionOf(BlockPlan plan, ScoringPolicy policy, ExecutionTrace trace)
    {
        var exits = plan.Spec.Exits;
        var left = trace.ExitTaken >= 0 ? exits[trace.ExitTaken].AfterBlock : plan.Blocks.Count - 1;
        var cost = Table.Stem + (trace.ExitTaken >= 0 ? 0 : Table.Head);
        for (var block = 0; block <= left; block++)
        {
            var price = Table.Blocks[block];
            cost += price.Shortcut + (float.IsNaN(trace.GateProbability[block]) ? 0 : price.Gate) + (trace.Ran[block] ? price.Body : 0);
        }

        for (var exit = 0; exit < exits.Count && exits[exit].AfterBlock <= left; exit++)
        {
            cost += policy.Evaluates(exit, plan.Spec.AveragesHeads) ? Table.Exits[exit] : 0;
        }

        return cost / Table.Full;
    }

    // A fraction stands beside its name, and a time behind a verb: "Time per image of 2 ms".
    private string Named(double budget) => $"{Quantity} {(Suffix == "" ? "" : "of ")}{Say(budget)}";

    // With its own digits where it is not 0 and would be said to be.
    private string Say(double fraction) => FormattableString.Invariant(
        $"{(fraction * Whole is > 0 and < 0.0005 and var small ? $"{small:R}" : $"{fraction * Whole:0.###}")}{Suffix}");
}
