using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Budget;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Benchmarks.Promises;

/// <summary>The class scores that every head answers with, gates as they are set, and a temperature for each.</summary>
/// <param name="policy">Of the gates.</param>
/// <param name="logits">[head][image][class]: what softmax gets.</param>
/// <param name="cost">[head][image].</param>
/// <param name="exitCost">[exit].</param>
/// <param name="labels">[image].</param>
internal sealed class TemperedHeads(ScoringPolicy policy, float[][][] logits, double[][] cost, double[] exitCost, int[] labels)
{
    public static TemperedHeads Of(GatedResNetTransformer model, ComputeBudgetImages images, int[] labels)
    {
        var heads = model.Exits.Count + 1;
        var (answers, _) = ComputeBudgetAnswers.Evaluate(images, model.Model.Policy, reference: null);
        var logits = new float[heads][][];
        for (var head = 0; head < heads; head++)
        {
            // Probabilities are exponentials of these but for a constant, which no temperature sees.
            var leaving = model.Model.Policy with { ExitConfidence = [.. model.Exits.Select((_, exit) => exit == head ? 0f : 1f)] };
            var all = logits[head] = new float[images.Count][];
            images.Run(leaving, (image, probabilities, _) => all[image] = Array.ConvertAll(
                probabilities, probability => MathF.Log(MathF.Max(probability, float.Epsilon))));
        }

        return new TemperedHeads(model.Model.Policy, logits, answers.Cost, answers.ExitCost, labels);
    }

    /// <summary>Those of least log-loss on some images: golden section over the logarithm.</summary>
    public double[] Temperatures(int[] rows) => Array.ConvertAll(logits, head =>
    {
        var (low, high, ratio) = (Math.Log(0.2), Math.Log(5), (Math.Sqrt(5) - 1) / 2);
        for (var step = 0; step < 30; step++)
        {
            double left = high - (ratio * (high - low)), right = low + (ratio * (high - low));
            (low, high) = Loss(head, rows, Math.Exp(left)) < Loss(head, rows, Math.Exp(right)) ? (low, right) : (left, high);
        }

        return Math.Exp((low + high) / 2);
    });

    public HeadScores At(double[] temperatures)
    {
        var probabilities = logits.Zip(temperatures, (head, temperature) => Array.ConvertAll(head, row => Softmax(row, temperature)))
            .ToArray();
        return new HeadScores(policy, probabilities, cost, exitCost, labels);
    }

    private double Loss(float[][] head, int[] rows, double temperature)
        => rows.Average(row => -Math.Log(Math.Max(Softmax(head[row], temperature)[labels[row]], 1e-30)));

    private static double[] Softmax(float[] logits, double temperature)
    {
        var most = logits.Max();
        var exponentials = Array.ConvertAll(logits, logit => Math.Exp((logit - most) / temperature));
        var sum = exponentials.Sum();
        return Array.ConvertAll(exponentials, value => value / sum);
    }
}
