using System.Numerics.Tensors;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Budget;

namespace AdaptiveInference.ML.Transforms.ExitHeads;

/// <summary>
/// How much each head counts in the mean of the heads, and how sure its answers are: one factor for all of a head's class scores, chosen
/// head by head so that the mean up to it is as probable as can be for rows that the heads were not fitted to (Guo et al., "On Calibration
/// of Modern Neural Networks", ICML 2017, for the mean of heads).
/// </summary>
internal static class HeadScales
{
    private const double Least = 0.1;
    private const double Most = 10;

    // Enough for a factor that is right to a thousandth.
    private const int Halvings = 20;

    /// <summary>The factor of each head.</summary>
    /// <param name="heads">[head][row]: class scores; null for rows that were never held out.</param>
    /// <param name="labels">[row]: class.</param>
    /// <returns>The factors, and for each head the mean up to it of the scaled scores.</returns>
    public static (float[] Scales, float[]?[][] Means) Choose(IReadOnlyList<float[]?[]> heads, int[] labels)
    {
        var (scales, means) = (new float[heads.Count], new float[]?[heads.Count][]);
        for (var head = 0; head < heads.Count; head++)
        {
            var (step, scores, before) = (HeadMean.StepOf(head), heads[head], head == 0 ? null : means[head - 1]);
            scales[head] = (float)Search(scale => Loss(Mean(scores, before, step, (float)scale), labels));
            means[head] = Mean(scores, before, step, scales[head]);
        }

        return (scales, means);
    }

    /// <summary>Mean cross-entropy of the rows that have an answer, in nats.</summary>
    public static double Loss(float[]?[] logits, int[] labels)
    {
        var (loss, rows) = (0.0, 0);
        for (var row = 0; row < logits.Length; row++)
        {
            if (logits[row] is not { } scores)
            {
                continue;
            }

            double largest = TensorPrimitives.Max<float>(scores), sum = 0;
            foreach (var score in scores)
            {
                sum += Math.Exp(score - largest);
            }

            loss += Math.Log(sum) + largest - scores[labels[row]];
            rows++;
        }

        return loss / rows;
    }

    /// <summary>What the heads answer, for the choice of the exits' thresholds.</summary>
    /// <param name="means">[head][row]: class scores.</param>
    /// <param name="labels">[row]: class.</param>
    public static ExitAnswers Answers(float[]?[][] means, int[] labels)
    {
        var rows = Enumerable.Range(0, labels.Length).Where(row => means[0][row] is not null).ToArray();
        var probabilities = new float[means[0][rows[0]]!.Length];
        return new ExitAnswers(
            [.. means[..^1].Select(head => rows.Select(row => Confidence(head[row]!)).ToArray())],
            [.. means[..^1].Select(head => rows.Select(row => IsRight(head, row)).ToArray())],
            [.. rows.Select(row => IsRight(means[^1], row))]);

        float Confidence(float[] scores)
        {
            TensorPrimitives.SoftMax<float>(scores, probabilities);
            return TensorPrimitives.Max<float>(probabilities);
        }

        bool IsRight(float[]?[] head, int row) => TensorPrimitives.IndexOfMax<float>(head[row]) == labels[row];
    }

    private static float[]?[] Mean(float[]?[] scores, float[]?[]? before, float step, float scale)
    {
        var mean = new float[]?[scores.Length];
        for (var row = 0; row < scores.Length; row++)
        {
            if (scores[row] is not { } own)
            {
                continue;
            }

            var sum = mean[row] = new float[own.Length];
            for (var k = 0; k < own.Length; k++)
            {
                var earlier = before?[row]![k] ?? 0;
                sum[k] = before is null ? scale * own[k] : earlier + (step * ((scale * own[k]) - earlier));
            }
        }

        return mean;
    }

    // Golden section on a logarithmic scale: the loss is convex in the factor, so that it has one minimum.
    private static double Search(Func<double, double> loss)
    {
        var golden = (Math.Sqrt(5) - 1) / 2;
        double low = Math.Log(Least), high = Math.Log(Most);
        for (var i = 0; i < Halvings; i++)
        {
            var (left, right) = (high - (golden * (high - low)), low + (golden * (high - low)));
            if (loss(Math.Exp(left)) <= loss(Math.Exp(right)))
            {
                high = right;
            }
            else
            {
                low = left;
            }
        }

        return Math.Exp((low + high) / 2);
    }
}
