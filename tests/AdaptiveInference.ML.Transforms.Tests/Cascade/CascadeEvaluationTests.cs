using AdaptiveInference.ML.Transforms.Tests.Scoring;
using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Tests.Cascade;

/// <summary>A cascade's rows under both evaluations.</summary>
[TestClass]
public sealed class CascadeEvaluationTests
{
    private readonly MLContext _context = new(1);
    private readonly CascadeModels _models;

    public CascadeEvaluationTests() => _models = new CascadeModels(_context);

    [TestMethod]
    public void Evaluate_CascadeOfNetworks_IsOfTheAnswersGiven()
    {
        var scored = Scored(_models.Network(), out var rows);

        var metrics = _context.MulticlassClassification.EvaluateAdaptive(scored, "Key");
        var plain = _context.MulticlassClassification.Evaluate(scored, "Key");

        var right = rows.Average(row => TestModels.Names[row.PredictedLabel - 1] == TestModels.Names[row.Id % 4] ? 1.0 : 0);
        Assert.AreEqual(right, metrics.Classification.MicroAccuracy, 1e-9);
        Assert.AreEqual(right, plain.MicroAccuracy, 1e-9);
        Assert.AreEqual(rows.Average(row => (double)row.ComputeFraction), metrics.MeanComputeFraction, 1e-6);
        Assert.AreEqual(_models.Network().FullMacs, metrics.FullMacs);
        Assert.IsNull(metrics.Coverage);

        // The second's first block runs in no more rows than the second does.
        Assert.HasCount(12, metrics.BlockRates);
        Assert.AreEqual(rows.Average(row => row.Stage == 2 ? 1.0 : 0), metrics.BlockRates[6], 1e-9);
        StringAssert.Contains(metrics.ToString(), "  3.2  2:1.1  2:1.2");
    }

    [TestMethod]
    public void Evaluate_SecondThatDoesNotSayWhatItCosts_HasNoMeanCompute()
    {
        var scored = Scored(_models.Counting(), out var rows);

        var metrics = _context.MulticlassClassification.EvaluateAdaptive(scored, "Key");

        var right = rows.Average(row => TestModels.Names[row.PredictedLabel - 1] == TestModels.Names[row.Id % 4] ? 1.0 : 0);
        Assert.AreEqual(right, metrics.Classification.MicroAccuracy, 1e-9);
        Assert.IsTrue(double.IsNaN(metrics.MeanComputeFraction));
        StringAssert.Contains(
            metrics.ToString(), "Mean compute    not known: the second model of the cascade does not say what it costs\nDistinct paths");
    }

    [TestMethod]
    public void Evaluate_SecondThatRefuses_KnowsCoverageAndRisk()
    {
        var scored = Scored(_models.Refusing(_models.Network()), out var rows);

        var metrics = _context.MulticlassClassification.EvaluateAdaptive(scored, "Key");

        Assert.AreEqual(rows.Average(row => row.Accepted ? 1.0 : 0), metrics.Coverage!.Value, 1e-9);
        var accepted = rows.Where(row => row.Accepted).ToArray();
        Assert.AreEqual(accepted.Average(row => row.PredictedLabel - 1 == row.Id % 4 ? 0.0 : 1), metrics.Risk!.Value, 1e-9);
    }

    private IDataView Scored(ITransformer second, out List<CascadedRow> rows)
    {
        var scored = _context.MulticlassClassification.Cascade(_models.First(), second).Transform(_models.Rows());
        rows = _models.Read(scored);
        return _context.Transforms.Conversion.MapValueToKey("Key", "Label").Fit(scored).Transform(scored);
    }
}
