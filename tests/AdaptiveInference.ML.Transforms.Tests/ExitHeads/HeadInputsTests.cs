using AdaptiveInference.ML.Transforms.ExitHeads;

namespace AdaptiveInference.ML.Transforms.Tests.ExitHeads;

[TestClass]
public sealed class HeadInputsTests
{
    [TestMethod]
    public void Standardise_ChosenRows_HaveMeanZeroAndVarianceOne()
    {
        var inputs = new HeadInputs([[1, 5], [3, 5], [9, 5]], 2, 3);

        var done = inputs.Standardise([0, 1]);

        CollectionAssert.AreEqual(new float[] { -1, 0 }, inputs.Rows[0]);
        CollectionAssert.AreEqual(new float[] { 1, 0 }, inputs.Rows[1]);
        CollectionAssert.AreEqual(new float[] { 7, 0 }, inputs.Rows[2]);
        CollectionAssert.AreEqual(new float[] { 1, 0 }, done.Scale);
    }

    [TestMethod]
    public void Undo_OfAStandardisedLayer_GivesTheSameScores()
    {
        var random = new Random(3);
        float[][] raw = [.. Enumerable.Range(0, 20).Select(_ => Draw())];
        float[][] rows = [.. raw.Select(row => (float[])row.Clone())];
        int[] labels = [.. raw.Select(row => row[0] + row[2] > 200 ? 1 : 0)];
        var inputs = new HeadInputs(rows, 3, rows.Length);
        var standardisation = inputs.Standardise(null);
        var regression = new LogisticRegression(rows, labels, 3, 2);
        var parameters = new float[regression.Parameters];
        regression.Fit([.. Enumerable.Range(0, 20)], 0.1, parameters, () => { });

        var (weights, biases) = standardisation.Undo(regression, parameters, 3, 2);

        var scores = new float[2];
        for (var row = 0; row < rows.Length; row++)
        {
            regression.Logits(rows[row], parameters, scores);
            for (var k = 0; k < 2; k++)
            {
                var expected = biases[k] + Enumerable.Range(0, 3).Sum(i => (double)weights[(k * 3) + i] * raw[row][i]);
                Assert.AreEqual(expected, scores[k], 1e-3);
            }
        }

        float[] Draw() => [100 * random.NextSingle(), 1e-3f * random.NextSingle(), 100 + (50 * random.NextSingle()), .. new float[13]];
    }

    [TestMethod]
    public void WithMirrored_OfImagesAndTheirMirrorImages_NamesBoth()
    {
        var inputs = new HeadInputs([[1], [2], [3], [4]], 1, 2);

        CollectionAssert.AreEqual(new[] { 1, 3 }, inputs.WithMirrored([1]));
        CollectionAssert.AreEqual(new[] { 5, 6, 5, 6 }, inputs.LabelsOf([5, 6]));
    }
}
