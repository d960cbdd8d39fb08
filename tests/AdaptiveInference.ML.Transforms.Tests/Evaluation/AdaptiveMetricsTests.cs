using AdaptiveInference.ML.Transforms.Tests.Scoring;
using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Tests.Evaluation;

[TestClass]
public sealed class AdaptiveMetricsTests
{
    private readonly MLContext _context = new(1);

    [TestMethod]
    public void EvaluateAdaptive_ScoredRows_EqualsCountsMadeByHand()
    {
        var transformer = TestModels.Transformer(context: _context);
        var data = Labelled(80);
        var scored = transformer.Transform(data);
        var rows = TestModels.Read(_context, Unkeyed(scored));

        var metrics = _context.MulticlassClassification.EvaluateAdaptive(scored);

        Assert.AreEqual(80, metrics.Rows);
        Assert.AreEqual(rows.Average(row => (double)row.ComputeFraction), metrics.MeanComputeFraction, 1e-6);
        Assert.AreEqual(metrics.MeanComputeFraction * transformer.FullMacs, metrics.MeanMacs, 1);
        Assert.AreEqual(transformer.FullMacs, metrics.FullMacs);
        Assert.AreEqual(rows.Select(row => string.Concat(row.ExecutionPath)).Distinct().Count(), metrics.DistinctPaths);
        Assert.AreEqual(rows.Average(row => row.ExecutionPath[3]), metrics.BlockRates[3], 1e-6);
        var boots = rows.Where(row => row.Label == "boot").ToArray();
        Assert.AreEqual(boots.Average(row => row.ExecutionPath[4]), metrics.ClassBlockRates[1][4], 1e-6);
        var accuracy = rows.Average(row => TestModels.Names[row.PredictedLabel - 1] == row.Label ? 1.0 : 0);
        Assert.AreEqual(accuracy, metrics.Classification.MicroAccuracy, 1e-9);
    }

    [TestMethod]
    public void ToString_ScoredRows_PrintsTheTable()
    {
        var scored = TestModels.Transformer(context: _context).WithGateThreshold(0).Transform(Labelled(8));

        var lines = _context.MulticlassClassification.EvaluateAdaptive(scored).ToString().Split('\n');

        Assert.AreEqual("Images          8", lines[0]);
        Assert.AreEqual("Mean compute    1.0000 of the full network", lines[3]);
        Assert.AreEqual("Mean MACs       3.707 million of 3.707 million", lines[4]);
        Assert.AreEqual("Distinct paths  1", lines[5]);
        Assert.AreEqual("                  1.1  1.2  2.1  2.2  3.1  3.2", lines[8]);
        Assert.AreEqual("all               100  100  100  100  100  100", lines[9]);
        Assert.AreEqual("dress             100  100  100  100  100  100", lines[13]);
    }

    [TestMethod]
    public void EvaluateAdaptive_NoPathColumn_UsesMlNetsWords()
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.MulticlassClassification.EvaluateAdaptive(Labelled(3)));

        Assert.AreEqual("Could not find execution path column 'ExecutionPath' (Parameter 'inputSchema')", error.Message);
    }

    [TestMethod]
    public void EvaluateAdaptive_NoRows_SaysSo()
    {
        var keys = _context.Transforms.Conversion.MapValueToKey("Label").Fit(TestModels.View(_context, TestModels.Rows(4)));
        var scored = TestModels.Transformer(context: _context).Transform(keys.Transform(TestModels.View(_context, [])));

        var error = Assert.ThrowsExactly<ArgumentException>(() => _context.MulticlassClassification.EvaluateAdaptive(scored));

        Assert.AreEqual("There are no rows to evaluate. (Parameter 'data')", error.Message);
    }

    private IDataView Labelled(int count)
    {
        var data = TestModels.View(_context, TestModels.Rows(count));
        return _context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
    }

    private IDataView Unkeyed(IDataView data) => _context.Transforms.Conversion.MapKeyToValue("Label").Fit(data).Transform(data);
}
