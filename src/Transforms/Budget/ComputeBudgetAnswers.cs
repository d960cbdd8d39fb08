using System.Numerics.Tensors;
using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Budget;

/// <summary>
/// What every exit and the last head answer for every image under one setting of the gates. Where images have labels it is known which
/// answers are right. Without, the probability that an answer
/// is right is estimated by that which the model as it stands gives it, averaged over its heads: their mean is better calibrated than any
/// of them alone.
/// </summary>
internal sealed class ComputeBudgetAnswers
{
    /// <summary>The gates' setting.</summary>
    public required ScoringPolicy Policy { get; init; }

    /// <summary>Compute fraction that evaluating each exit adds to the cost of an image that leaves at a later one.</summary>
    public required double[] ExitCost { get; init; }

    /// <summary>[exit][image]: largest class probability.</summary>
    public required double[][] Confidence { get; init; }

    /// <summary>
    /// [head][image]: compute fraction of an image that leaves there, without other heads that need not be evaluated. The last
    /// head comes last.
    /// </summary>
    public required double[][] Cost { get; init; }

    /// <summary><see cref="ExitCost"/> in multiply–accumulates; empty where nobody asks.</summary>
    public double[] ExitMacs { get; init; } = [];

    /// <summary><see cref="Cost"/> in multiply–accumulates; empty where nobody asks.</summary>
    public double[][] Macs { get; init; } = [];

    /// <summary>[head][image]: estimated probability that the answer is right; 0 or 1 where labels are known.</summary>
    public required double[][] CorrectProbability { get; init; }

    /// <summary>[head][image]: the class answered, from 0; empty where nobody asks.</summary>
    public int[][] Answer { get; init; } = [];

    /// <summary>[image]: largest class probability at the last head; empty where nobody asks.</summary>
    public double[] LastConfidence { get; init; } = [];

    public int Images => Cost[0].Length;

    public int Exits => ExitCost.Length;

    /// <summary>Mean compute fraction when all images leave at the first exit.</summary>
    public double Least => Cost[0].Average();

    /// <summary>Mean compute fraction when none leaves early.</summary>
    public double Most => Cost[^1].Average();

    /// <summary>Evaluates all heads on all images.</summary>
    /// <param name="images">The images.</param>
    /// <param name="gates">The gates' setting.</param>
    /// <param name="reference">
    /// [image][class]: mean probability over the heads of the model as it stands; null takes the mean of these heads.
    /// </param>
    /// <returns>The answers, and these heads' own mean probabilities.</returns>
    public static (ComputeBudgetAnswers Answers, float[][] Mean) Evaluate(
        ComputeBudgetImages images, ScoringPolicy gates, float[][]? reference)
    {
        var plan = images.Plan;
        var full = (double)plan.Cost.Full;
        var heads = plan.Blocks.Spec.Exits.Count + 1;
        var (cost, macs, confidence, answer) = (Table<double>(), Table<double>(), Table<double>(), Table<int>());
        var mean = Enumerable.Range(0, images.Count).Select(_ => new float[plan.Blocks.Spec.Classes]).ToArray();
        for (var head = 0; head < heads; head++)
        {
            // Every image is certain enough for 0, none for 1. Earlier exits are evaluated only where heads are averaged.
            var leaving = gates with { ExitConfidence = [.. Enumerable.Range(0, heads - 1).Select(exit => exit == head ? 0f : 1f)] };
            var (number, share) = (head, 1f / heads);
            images.Run(leaving, (image, probabilities, trace) =>
            {
                var best = TensorPrimitives.IndexOfMax<float>(probabilities);
                cost[number][image] = images.Unit.FractionOf(plan.Blocks, leaving, trace);
                macs[number][image] = trace.Macs / full;
                confidence[number][image] = probabilities[best];
                answer[number][image] = best;
                TensorPrimitives.MultiplyAdd(probabilities, share, mean[image], mean[image]);
            });
        }

        reference ??= mean;
        return (new ComputeBudgetAnswers
        {
            Policy = gates,
            ExitCost = ExitCosts(images.Unit.Table),
            ExitMacs = ExitCosts(CostUnit.Macs(plan.Cost).Table),
            Confidence = confidence[..^1],
            LastConfidence = confidence[^1],
            Answer = answer,
            Cost = cost,
            Macs = macs,
            CorrectProbability = [.. answer.Select(ofHead => ofHead.Select(IsRight).ToArray())],
        }, mean);

        // A label tells for certain; without one it is an estimate.
        double IsRight(int best, int image)
            => images.Labels is { } labels ? (labels[image] == best ? 1 : 0) : reference[image][best];

        // Where heads are averaged every exit before is evaluated anyway.
        double[] ExitCosts(CostTable table)
            => [.. table.Exits.ToArray().Select(cost => plan.Blocks.Spec.AveragesHeads ? 0 : cost / table.Full)];

        T[][] Table<T>() => [.. Enumerable.Range(0, heads).Select(_ => new T[images.Count])];
    }
}
