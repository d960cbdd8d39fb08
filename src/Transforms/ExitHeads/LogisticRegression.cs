using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace AdaptiveInference.ML.Transforms.ExitHeads;

/// <summary>
/// Multinomial logistic regression: the mean cross-entropy over rows, and half of a penalty times the sum of the squared weights. Biases
/// have no penalty. ML.NET's own trainer minimises the same by the same method, row by row; this one takes four rows at a time and starts
/// where a fit with another penalty ended, which the search for a penalty needs a few hundred times.
/// </summary>
/// <param name="rows">[row]: inputs, padded with zeros to <see cref="Padded"/>.</param>
/// <param name="labels">[row]: class from 0.</param>
/// <param name="inputs">Inputs without the padding.</param>
/// <param name="classes">Number of classes.</param>
internal sealed class LogisticRegression(float[][] rows, int[] labels, int inputs, int classes)
{
    /// <summary>Rows whose products with the weights are computed together, so that weights are read once for all of them.</summary>
    private const int Tile = 4;

    private readonly int _width = Padded(inputs);

    /// <summary>Length of the parameters: the weights class by class, each padded, then the biases.</summary>
    public int Parameters => (classes * _width) + Padded(classes);

    /// <summary>A length rounded up so that every vector width divides it.</summary>
    public static int Padded(int length) => (length + 15) / 16 * 16;

    /// <summary>Minimises the objective over some of the rows.</summary>
    /// <param name="chosen">Numbers of the rows; one may stand there more than once.</param>
    /// <param name="penalty">0 or more.</param>
    /// <param name="parameters">Where to start; overwritten with where it ended.</param>
    /// <param name="checkAlive">Called once for each pass over the rows; throws to cancel.</param>
    public void Fit(int[] chosen, double penalty, float[] parameters, Action checkAlive)
    {
        var logits = new float[Tile * Padded(classes)];
        Lbfgs.Minimise(parameters, (at, gradient) =>
        {
            checkAlive();
            return Objective(chosen, penalty, at, gradient, logits);
        });
    }

    /// <summary>Class scores of one row.</summary>
    public void Logits(ReadOnlySpan<float> row, ReadOnlySpan<float> parameters, Span<float> scores)
    {
        for (var k = 0; k < classes; k++)
        {
            scores[k] = TensorPrimitives.Dot(row, WeightsOf(parameters, k)) + parameters[(classes * _width) + k];
        }
    }

    /// <summary>Weights of one class, padded with zeros.</summary>
    public ReadOnlySpan<float> WeightsOf(ReadOnlySpan<float> parameters, int k) => parameters.Slice(k * _width, _width);

    /// <summary>Bias of one class.</summary>
    public float BiasOf(ReadOnlySpan<float> parameters, int k) => parameters[(classes * _width) + k];

    private double Objective(int[] chosen, double penalty, float[] at, float[] gradient, float[] logits)
    {
        Array.Clear(gradient);
        var (loss, biases) = (0.0, classes * _width);
        var stride = Padded(classes);
        for (var first = 0; first < chosen.Length; first += Tile)
        {
            var tile = chosen.AsSpan(first, Math.Min(Tile, chosen.Length - first));
            Products(tile, at, logits, stride);
            for (var i = 0; i < tile.Length; i++)
            {
                var scores = logits.AsSpan(i * stride, classes);
                loss += ToResiduals(scores, at.AsSpan(biases, classes), labels[tile[i]]);
                TensorPrimitives.Add(gradient.AsSpan(biases, classes), scores, gradient.AsSpan(biases, classes));
            }

            AddOuter(tile, logits, stride, gradient);
        }

        TensorPrimitives.Multiply(gradient, 1f / chosen.Length, gradient);
        var weights = at.AsSpan(0, biases);
        var penalised = gradient.AsSpan(0, biases);
        TensorPrimitives.MultiplyAdd(weights, (float)penalty, penalised, penalised);
        return (loss / chosen.Length) + (penalty / 2 * TensorPrimitives.SumOfSquares<float>(weights));
    }

    // Scores without bias → probabilities less the label; the result is the row's cross-entropy.
    private static double ToResiduals(Span<float> scores, ReadOnlySpan<float> biases, int label)
    {
        TensorPrimitives.Add(scores, biases, scores);
        var largest = TensorPrimitives.Max<float>(scores);
        var own = scores[label] - largest;
        TensorPrimitives.Subtract(scores, largest, scores);
        TensorPrimitives.Exp(scores, scores);
        var sum = TensorPrimitives.Sum<float>(scores);
        TensorPrimitives.Divide(scores, sum, scores);
        scores[label] -= 1;
        return Math.Log(sum) - own;
    }

    // logits[i][k] = rows[i] · weights[k]
    private void Products(ReadOnlySpan<int> tile, float[] at, float[] logits, int stride)
    {
        ReadOnlySpan<Vector<float>> a = Row(tile, 0), b = Row(tile, 1), c = Row(tile, 2), d = Row(tile, 3);
        for (var k = 0; k < classes; k++)
        {
            var weights = Vectors(at.AsSpan(k * _width, _width));
            Vector<float> sumA = default, sumB = default, sumC = default, sumD = default;
            for (var j = 0; j < weights.Length; j++)
            {
                var weight = weights[j];
                sumA = Vector.FusedMultiplyAdd(a[j], weight, sumA);
                sumB = Vector.FusedMultiplyAdd(b[j], weight, sumB);
                sumC = Vector.FusedMultiplyAdd(c[j], weight, sumC);
                sumD = Vector.FusedMultiplyAdd(d[j], weight, sumD);
            }

            logits[k] = Vector.Sum(sumA);
            logits[stride + k] = Vector.Sum(sumB);
            logits[(2 * stride) + k] = Vector.Sum(sumC);
            logits[(3 * stride) + k] = Vector.Sum(sumD);
        }
    }

    // gradient[k] += Σ residuals[i][k] · rows[i]
    private void AddOuter(ReadOnlySpan<int> tile, float[] residuals, int stride, float[] gradient)
    {
        // What stands behind the last row of an incomplete tile is its first row, with no weight.
        for (var i = tile.Length; i < Tile; i++)
        {
            residuals.AsSpan(i * stride, classes).Clear();
        }

        ReadOnlySpan<Vector<float>> a = Row(tile, 0), b = Row(tile, 1), c = Row(tile, 2), d = Row(tile, 3);
        for (var k = 0; k < classes; k++)
        {
            var sum = MemoryMarshal.Cast<float, Vector<float>>(gradient.AsSpan(k * _width, _width));
            var (shareA, shareB) = (new Vector<float>(residuals[k]), new Vector<float>(residuals[stride + k]));
            var (shareC, shareD) = (new Vector<float>(residuals[(2 * stride) + k]), new Vector<float>(residuals[(3 * stride) + k]));
            for (var j = 0; j < sum.Length; j++)
            {
                var first = Vector.FusedMultiplyAdd(a[j], shareA, Vector.FusedMultiplyAdd(b[j], shareB, sum[j]));
                sum[j] = Vector.FusedMultiplyAdd(c[j], shareC, Vector.FusedMultiplyAdd(d[j], shareD, first));
            }
        }
    }

    private ReadOnlySpan<Vector<float>> Row(ReadOnlySpan<int> tile, int i) => Vectors(rows[tile[i < tile.Length ? i : 0]]);

    private static ReadOnlySpan<Vector<float>> Vectors(ReadOnlySpan<float> values) => MemoryMarshal.Cast<float, Vector<float>>(values);
}
