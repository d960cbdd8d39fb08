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
    public void EvaluateAdaptive_PathColumnLeftOut_SaysByWhichOption()
    {
        using var model = new GatedResNetTransformer(
            _context, TestModels.Model(TestModels.Spec()), TestModels.Columns with { ExecutionPath = null });

        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => _context.MulticlassClassification.EvaluateAdaptive(model.Transform(Labelled(3))));

        Assert.AreEqual(
            "Could not find execution path column 'ExecutionPath'. The rows are scored, since there is a column 'Score', but by a "
            + "model whose "
            + "options leave this column out (ExecutionPathColumnName is null) or name it otherwise, or by one of another kind. Make the "
            + "model with ExecutionPathColumnName = \"ExecutionPath\" (Parameter 'data')",
            error.Message);
    }

    [TestMethod]
    public void EvaluateAdaptive_NoPathColumn_UsesMlNetsWords()
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => _context.MulticlassClassification.EvaluateAdaptive(Labelled(3)));

        Assert.AreEqual(
            "Could not find execution path column 'ExecutionPath'. Score the rows first: model.Transform(data) (Parameter 'data')",
            error.Message);
    }

    [TestMethod]
    public void EvaluateAdaptive_ColumnsThatAreNotThere_AreNamedWithTheirParameterAndWhatIs()
    {
        var scored = TestModels.Transformer(context: _context).Transform(Labelled(3));
        var text = TestModels.Transformer(context: _context).Transform(TestModels.View(_context, TestModels.Rows(3)));

        var label = Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => _context.MulticlassClassification.EvaluateAdaptive(scored, "Truth"));
        var answer = Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => _context.MulticlassClassification.EvaluateAdaptive(scored, predictedLabelColumnName: "Answer"));
        var noKey = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.MulticlassClassification.EvaluateAdaptive(text));

        const string There = "There are columns 'Id', 'Label', 'Features', 'Score', 'PredictedLabel', 'ExecutionPath', 'ComputeFraction'. ";
        Assert.AreEqual(
            $"Could not find label column 'Truth'. {There}Name the right one in labelColumnName (Parameter 'data')", label.Message);
        Assert.AreEqual(
            $"Could not find predicted label column 'Answer'. {There}Name the right one in predictedLabelColumnName (Parameter 'data')",
            answer.Message);
        Assert.AreEqual(
            "Schema mismatch for label column 'Label': expected Key<UInt32>, got String. Map it to keys first: "
            + "mlContext.Transforms.Conversion.MapValueToKey(\"Label\"). It is named in labelColumnName (Parameter 'data')",
            noKey.Message);
    }

    [TestMethod]
    public void EvaluateAdaptive_NoRows_SaysSo()
    {
        var keys = _context.Transforms.Conversion.MapValueToKey("Label").Fit(TestModels.View(_context, TestModels.Rows(4)));
        var scored = TestModels.Transformer(context: _context).Transform(keys.Transform(TestModels.View(_context, [])));

        var error = Assert.ThrowsExactly<ArgumentException>(() => _context.MulticlassClassification.EvaluateAdaptive(scored));

        Assert.AreEqual("There are no rows to evaluate. (Parameter 'data')", error.Message);
    }

    [TestMethod]
    public void EvaluateAdaptive_KeysInAnotherOrder_AreComparedByName()
    {
        var rows = TestModels.Rows(40);
        var transformer = TestModels.Transformer(context: _context);
        var expected = _context.MulticlassClassification.EvaluateAdaptive(transformer.Transform(Labelled(rows)));

        var turned = _context.MulticlassClassification.EvaluateAdaptive(
            transformer.Transform(Labelled([.. rows.AsEnumerable().Reverse()])));

        Assert.AreEqual(expected.Classification.MicroAccuracy, turned.Classification.MicroAccuracy);
        Assert.AreEqual(expected.Classification.LogLoss, turned.Classification.LogLoss, 1e-9);
        CollectionAssert.AreEqual(expected.ClassNames.ToArray(), turned.ClassNames.ToArray());
        for (var c = 0; c < TestModels.Names.Length; c++)
        {
            CollectionAssert.AreEqual(expected.ClassBlockRates[c].ToArray(), turned.ClassBlockRates[c].ToArray());
            CollectionAssert.AreEqual(
                expected.Classification.ConfusionMatrix.Counts[c].ToArray(), turned.Classification.ConfusionMatrix.Counts[c].ToArray());
        }
    }

    [TestMethod]
    public void EvaluateAdaptive_SameKeys_EqualsMlNetsOwnMetricsAndReadsOnce()
    {
        var read = 0;
        var rows = TestModels.Rows(40);
        var schema = TestModels.View(_context, rows).Schema;
        var keys = _context.Transforms.Conversion.MapValueToKey("Label").Fit(TestModels.View(_context, rows));
        var scored = TestModels.Transformer(context: _context)
            .Transform(keys.Transform(_context.Data.LoadFromEnumerable(rows.Select(row => { read++; return row; }), schema)));

        var metrics = _context.MulticlassClassification.EvaluateAdaptive(scored).Classification;

        Assert.AreEqual(rows.Count, read);
        var own = _context.MulticlassClassification.Evaluate(scored);
        Assert.AreEqual(own.MicroAccuracy, metrics.MicroAccuracy);
        Assert.AreEqual(own.MacroAccuracy, metrics.MacroAccuracy);
        Assert.AreEqual(own.LogLoss, metrics.LogLoss);
        Assert.AreEqual(own.LogLossReduction, metrics.LogLossReduction);
        CollectionAssert.AreEqual(own.PerClassLogLoss.ToArray(), metrics.PerClassLogLoss.ToArray());
        Assert.AreEqual(own.ConfusionMatrix.GetFormattedConfusionTable(), metrics.ConfusionMatrix.GetFormattedConfusionTable());
    }

    [TestMethod]
    public void EvaluateAdaptive_SomeRowsWithoutAKnownLabel_SaysHowMany()
    {
        var rows = TestModels.Rows(40);
        rows[3].Label = "zebra";
        rows[4].Label = "";

        var metrics = _context.MulticlassClassification.EvaluateAdaptive(
            TestModels.Transformer(context: _context).Transform(Labelled(rows)));

        Assert.AreEqual(40, metrics.Rows);
        Assert.AreEqual(38, metrics.LabelledRows);
        Assert.AreEqual(38, metrics.Classification.ConfusionMatrix.Counts.Sum(counts => counts.Sum()));
        Assert.AreEqual("Images          40, 38 of them with a label that the model knows", metrics.ToString().Split('\n')[0]);
    }

    [TestMethod]
    public void EvaluateAdaptive_NoRowWithALabel_SaysSo()
    {
        var keys = _context.Transforms.Conversion.MapValueToKey("Label").Fit(TestModels.View(_context, TestModels.Rows(4)));
        var rows = TestModels.Rows(3);
        rows.ForEach(row => row.Label = "zebra");

        AssertRefused(
            "None of the 3 rows has a label that the model knows (bag, boot, coat, dress), so that there is nothing to evaluate. Map "
            + "labels to the key values of the training data. (Parameter 'data')",
            keys.Transform(TestModels.View(_context, rows)));
    }

    [TestMethod]
    public void EvaluateAdaptive_NoClassInCommon_NamesBoth()
    {
        var rows = TestModels.Rows(4);
        rows.ForEach(row => row.Label = row.Label.ToUpperInvariant());

        AssertRefused(
            "Label column 'Label' must have classes that the model knows (bag, boot, coat, dress), got BAG, BOOT, COAT, DRESS. Map labels "
            + "to the key values of the training data.",
            Labelled(rows));
    }

    [TestMethod]
    public void EvaluateAdaptive_LabelHiddenByThePrediction_IsRefused()
    {
        var columns = TestModels.Columns with { PredictedLabel = "Label" };
        var transformer = new GatedResNetTransformer(_context, TestModels.Model(TestModels.Spec()), columns);

        var error = Assert.ThrowsExactly<ArgumentException>(() => _context.MulticlassClassification.EvaluateAdaptive(
            transformer.Transform(Labelled(8)), predictedLabelColumnName: "Label"));

        Assert.AreEqual(
            "Label column 'Label' holds the answers of the model that made 'Score', and would be compared with itself. Name the column of "
            + "the true labels.",
            error.Message);
    }

    [TestMethod]
    public void ToString_AThousandClasses_PrintsTheExtremes()
    {
        var names = Enumerable.Range(0, 1000).Select(i => $"n{i}").ToArray();
        var spec = TestModels.Spec() with { Classes = 1000 };
        var transformer = new GatedResNetTransformer(
            _context, TestModels.Model(spec, labels: Transforms.Model.ClassLabels.OfNames(names)), TestModels.Columns);
        var rows = TestModels.Rows(300);
        rows.ForEach(row => row.Label = $"n{row.Id}");

        var metrics = _context.MulticlassClassification.EvaluateAdaptive(transformer.Transform(Labelled(rows)));
        var lines = metrics.ToString().TrimEnd('\n').Split('\n');

        Assert.HasCount(33, lines);
        Assert.AreEqual("the 10 classes that ran the fewest blocks:", lines[10]);
        Assert.AreEqual("280 classes between them are left out here; the 10 that ran the most:", lines[21]);
        Assert.AreEqual("700 classes without images are left out here.", lines[32]);
        var sums = metrics.ClassBlockRates.Select(rates => rates.Sum()).Where(sum => !double.IsNaN(sum)).ToArray();
        Assert.AreEqual(sums.Min(), SumOf(lines[11]), 0.05);
        Assert.AreEqual(sums.Max(), SumOf(lines[31]), 0.05);

        double SumOf(string line) => metrics.ClassBlockRates[Array.IndexOf(names, line.Split(' ')[0])].Sum();
    }

    private void AssertRefused(string message, IDataView data)
        => Assert.AreEqual(
            message,
            Assert.ThrowsExactly<ArgumentException>(
                () => _context.MulticlassClassification.EvaluateAdaptive(
                    TestModels.Transformer(context: _context).Transform(data))).Message);

    private IDataView Labelled(IReadOnlyList<VectorRow> rows)
    {
        var data = TestModels.View(_context, rows);
        return _context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
    }

    private IDataView Labelled(int count)
    {
        var data = TestModels.View(_context, TestModels.Rows(count));
        return _context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
    }

    private IDataView Unkeyed(IDataView data) => _context.Transforms.Conversion.MapKeyToValue("Label").Fit(data).Transform(data);
}
