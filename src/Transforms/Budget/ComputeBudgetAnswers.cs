using System.Numerics.Tensors;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Budget;

/// <summary>
/// What every exit and the last head say about every image under one setting of the gates. Without labels an answer is worth the
/// probability that the model as it stands gives it, averaged over its heads: together they judge better than any of them alone.
/// </summary>
internal sealed class ComputeBudgetAnswers
{
    /// <summary>The gates' setting.</summary>
    public required ScoringPolicy Policy { get; init; }

    /// <summary>Compute fraction by which asking each exit adds to what an image costs that leaves behind it.</summary>
    public required double[] ExitCost { get; init; }

    /// <summary>[exit][image]: largest class probability.</summary>
    public required double[][] Confidence { get; init; }

    /// <summary>
    /// [head][image]: compute fraction of an image that leaves there and is asked by no other head that could have been left out. The last
    /// head comes last.
    /// </summary>
    public required double[][] Cost { get; init; }

    /// <summary>[head][image]: probability that the answer is right, as far as the model knows.</summary>
    public required double[][] Worth { get; init; }

    public int Images => Cost[0].Length;

    public int Exits => ExitCost.Length;

    /// <summary>Mean compute fraction when all images leave at the first exit.</summary>
    public double Least => Cost[0].Average();

    /// <summary>Mean compute fraction when none leaves early.</summary>
    public double Most => Cost[^1].Average();

    /// <summary>Asks all heads about all images.</summary>
    /// <param name="images">The images.</param>
    /// <param name="gates">The gates' setting.</param>
    /// <param name="judge">[image][class]: mean probability over the heads of the model as it stands; null has these heads judge themselves.</param>
    /// <returns>The answers, and these heads' own mean probabilities.</returns>
    public static (ComputeBudgetAnswers Answers, float[][] Mean) Ask(ComputeBudgetImages images, ScoringPolicy gates, float[][]? judge)
    {
        var plan = images.Plan;
        var heads = plan.Blocks.Spec.Exits.Count + 1;
        var (cost, confidence, answer) = (Table<double>(), Table<double>(), Table<int>());
        var mean = Enumerable.Range(0, images.Count).Select(_ => new float[plan.Blocks.Spec.Classes]).ToArray();
        for (var head = 0; head < heads; head++)
        {
            // Every image is certain enough for 0, none for 1. Earlier exits are asked only where heads are averaged.
            var leaving = gates with { ExitConfidence = [.. Enumerable.Range(0, heads - 1).Select(exit => exit == head ? 0f : 1f)] };
            var (number, share) = (head, 1f / heads);
            images.Run(leaving, (image, probabilities, trace) =>
            {
                var best = TensorPrimitives.IndexOfMax<float>(probabilities);
                cost[number][image] = trace.Macs / (double)plan.Cost.Full;
                confidence[number][image] = probabilities[best];
                answer[number][image] = best;
                TensorPrimitives.MultiplyAdd(probabilities, share, mean[image], mean[image]);
            });
        }

        judge ??= mean;
        return (new ComputeBudgetAnswers
        {
            Policy = gates,
            ExitCost = [.. plan.Cost.Exits.ToArray().Select(macs => plan.Blocks.Spec.AveragesHeads ? 0 : (double)macs / plan.Cost.Full)],
            Confidence = confidence[..^1],
            Cost = cost,
            Worth = [.. answer.Select(ofHead => ofHead.Select((best, image) => (double)judge[image][best]).ToArray())],
        }, mean);

        T[][] Table<T>() => [.. Enumerable.Range(0, heads).Select(_ => new T[images.Count])];
    }
}
