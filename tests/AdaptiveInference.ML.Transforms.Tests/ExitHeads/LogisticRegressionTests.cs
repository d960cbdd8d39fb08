using AdaptiveInference.ML.Transforms.ExitHeads;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace AdaptiveInference.ML.Transforms.Tests.ExitHeads;

[TestClass]
public sealed class LogisticRegressionTests
{
    private const int Inputs = 5;
    private const int Classes = 3;

    [TestMethod]
    [DataRow(1.0)]
    [DataRow(0.1)]
    [DataRow(0.003)]
    public void Fit_RandomRows_AgreesWithMLNets(double penalty)
    {
        var (rows, labels) = Draw(61);
        var chosen = Enumerable.Range(0, rows.Length).ToArray();
        var regression = new LogisticRegression(rows, labels, Inputs, Classes);
        var parameters = new float[regression.Parameters];

        regression.Fit(chosen, penalty, parameters, () => { });

        // ML.NET adds losses up where this takes their mean.
        var reference = Reference(rows, labels, penalty * rows.Length);
        foreach (var row in rows)
        {
            var scores = new float[Classes];
            regression.Logits(row, parameters, scores);
            var expected = reference(row);
            var actual = Softmax(scores);
            for (var k = 0; k < Classes; k++)
            {
                Assert.AreEqual(expected[k], actual[k], 2e-3);
            }
        }
    }

    [TestMethod]
    public void Fit_OneInputTwoClasses_IsWhereTheSlopeIsZero()
    {
        // x = ±1, three of four rows of each sign have the class of the sign. The optimum has weights (w, −w) and no bias, where
        // w satisfies (σ(2w) − 3/4) + penalty·w = 0 for the mean cross-entropy with half the penalty on both squares.
        float[][] rows = [.. new float[] { 1, 1, 1, 1, -1, -1, -1, -1 }.Select(x => Padded([x]))];
        int[] labels = [0, 0, 0, 1, 1, 1, 1, 0];
        const double Penalty = 0.2;
        var regression = new LogisticRegression(rows, labels, 1, 2);
        var parameters = new float[regression.Parameters];

        regression.Fit([0, 1, 2, 3, 4, 5, 6, 7], Penalty, parameters, () => { });

        double w = regression.WeightsOf(parameters, 0)[0];
        Assert.AreEqual(-w, regression.WeightsOf(parameters, 1)[0], 1e-4);
        Assert.AreEqual(0, (1 / (1 + Math.Exp(-2 * w))) - 0.75 + (Penalty * w), 1e-4);
        Assert.IsGreaterThan(0.1, w);
    }

    [TestMethod]
    public void Fit_RowGivenTwice_CountsTwice()
    {
        var (rows, labels) = Draw(9);
        var regression = new LogisticRegression([.. rows, rows[0]], [.. labels, labels[0]], Inputs, Classes);
        float[] twice = new float[regression.Parameters], beside = new float[regression.Parameters];

        regression.Fit([0, 0, 1, 2, 3, 4, 5, 6, 7, 8], 0.1, twice, () => { });
        regression.Fit([0, 9, 1, 2, 3, 4, 5, 6, 7, 8], 0.1, beside, () => { });

        CollectionAssert.AreEqual(beside, twice);
    }

    [TestMethod]
    public void Fit_Cancelled_Throws()
    {
        var (rows, labels) = Draw(8);
        var regression = new LogisticRegression(rows, labels, Inputs, Classes);

        Assert.ThrowsExactly<OperationCanceledException>(
            () => regression.Fit([0, 1], 0.1, new float[regression.Parameters], () => throw new OperationCanceledException()));
    }

    private static (float[][] Rows, int[] Labels) Draw(int count)
    {
        var random = new Random(4);
        var rows = Enumerable.Range(0, count)
            .Select(_ => Padded([.. Enumerable.Range(0, Inputs).Select(_ => (float)(random.NextDouble() * 2) - 1)])).ToArray();
        return (rows, [.. rows.Select(row => row[0] + (random.NextDouble() / 2) > 0.3 ? 0 : row[1] > random.NextDouble() - 0.5 ? 1 : 2)]);
    }

    private static float[] Padded(float[] values) => [.. values, .. new float[LogisticRegression.Padded(values.Length) - values.Length]];

    private static double[] Softmax(float[] scores)
    {
        var exponentials = scores.Select(score => Math.Exp(score)).ToArray();
        return [.. exponentials.Select(value => value / exponentials.Sum())];
    }

    private static Func<float[], float[]> Reference(float[][] rows, int[] labels, double penalty)
    {
        var context = new MLContext(1);
        var schema = SchemaDefinition.Create(typeof(Row));
        schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, Inputs);
        schema["Label"].ColumnType = new KeyDataViewType(typeof(uint), Classes);
        // A number of such a property is a key less one.
        var data = context.Data.LoadFromEnumerable(
            rows.Zip(labels, (row, label) => new Row { Features = row[..Inputs], Label = (uint)label }), schema);
        var model = context.MulticlassClassification.Trainers.LbfgsMaximumEntropy(new LbfgsMaximumEntropyMulticlassTrainer.Options
        {
            L1Regularization = 0, L2Regularization = (float)penalty, OptimizationTolerance = 1e-9f, NumberOfThreads = 1,
        }).Fit(data).Model;
        VBuffer<float>[] weights = [];
        model.GetWeights(ref weights, out var classes);
        var biases = model.GetBiases().ToArray();
        return row => [.. Softmax([.. Enumerable.Range(0, classes).Select(k =>
            biases[k] + weights[k].DenseValues().Zip(row, (weight, value) => weight * value).Sum())]).Select(value => (float)value)];
    }

    private sealed class Row
    {
        public float[] Features { get; set; } = [];

        public uint Label { get; set; }
    }
}
