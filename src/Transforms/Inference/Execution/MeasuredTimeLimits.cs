using System.Diagnostics;
using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Inference.Execution;

/// <summary>One limit for both ways to score an image: a single one with all cores, and one of many on a core of its own.</summary>
/// <param name="PerImage">The limit.</param>
/// <param name="Single">For a single image.</param>
/// <param name="OneOfMany">For one of many.</param>
/// <param name="Times">What the parts take on one core, in microseconds.</param>
internal sealed record MeasuredTimeLimits(TimeSpan PerImage, TimeLimit Single, TimeLimit OneOfMany, CostTable Times)
{
    private const int Rounds = 5;

    private static readonly ScoringPolicy s_whole = new() { GateThreshold = 0 };

    /// <summary>Measures a plan, for about a second.</summary>
    /// <param name="plan">A network with exits.</param>
    /// <param name="perImage">The limit.</param>
    public static MeasuredTimeLimits Measure(InferencePlan plan, TimeSpan perImage)
    {
        // Black: what convolutions take does not depend on what they see, and gates and heads are all timed.
        float[] image = new float[plan.Blocks.Spec.Image.Size];
        var times = PlanTiming.Measure(plan, [image]);
        return new MeasuredTimeLimits(perImage, Of(times.Times(Speed(plan, image))), Of(times), times);

        TimeLimit Of(CostTable table)
            => new(perImage, table, [.. plan.Blocks.Spec.Exits.Select(exit => exit.AfterBlock)], plan.Blocks.Spec.AveragesHeads);
    }

    // What share of the time of one core a single image takes on all of them.
    private static double Speed(InferencePlan plan, float[] image)
    {
        var (trace, probabilities) = (new ExecutionTrace(plan.Blocks.Blocks.Count), new float[plan.Blocks.Spec.Classes]);
        var (one, all) = (new long[Rounds], new long[Rounds]);
        for (var round = 0; round < Rounds; round++)
        {
            var start = Stopwatch.GetTimestamp();
            plan.Run(image, s_whole, probabilities, trace);
            var between = Stopwatch.GetTimestamp();
            plan.RunAtOnce(image, s_whole, probabilities, trace);
            (one[round], all[round]) = (between - start, Stopwatch.GetTimestamp() - between);
        }

        return Math.Min(1, all.Order().ElementAt(Rounds / 2) / (double)one.Order().ElementAt(Rounds / 2));
    }
}
