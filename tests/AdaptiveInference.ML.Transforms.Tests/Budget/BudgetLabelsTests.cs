using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Tests.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Tests.Budget;

/// <summary>Budgets whose thresholds are chosen by the accuracy on labels.</summary>
[TestClass]
public sealed class BudgetLabelsTests
{
    private readonly MLContext _context = new(1);

    [TestMethod]
    [DataRow(0.7)]
    [DataRow(0.75)]
    public void WithComputeBudget_LabelsThatTheSecondExitKnows_AreMetMoreOftenThanWithoutThem(double budget)
    {
        var transformer = TestModels.Transformer(WithExits(NetworkKind.ResNet), _context);
        var rows = TestModels.Rows(300);
        var answers = Answers(transformer.With(transformer.Model.Policy with { ExitConfidence = [1, 0] }), rows);
        for (var row = 0; row < rows.Count; row++)
        {
            rows[row].Label = TestModels.Names[answers[row]];
        }

        var data = Keyed(rows);
        var (with, without) = (transformer.WithComputeBudget(data, budget, "Key"), transformer.WithComputeBudget(data, budget));

        Assert.IsGreaterThan(Accuracy(without, rows), Accuracy(with, rows));
        Assert.IsLessThanOrEqualTo(budget + 1e-6, with.Transform(data).GetColumn<float>("ComputeFraction").Average());
    }

    [TestMethod]
    public void WithComputeBudget_GatesThatAreToldABudget_AreJudgedByLabels()
    {
        var rows = TestModels.Rows(200);
        var transformer = TestModels.Transformer(TestModels.Spec(NetworkKind.ConvNetAig) with { AnyBudget = true }, _context);
        var cheap = transformer.WithComputeBudget(Keyed(rows), 0.7);
        var answers = Answers(cheap.WithGateThreshold(0.35f), rows);
        for (var row = 0; row < rows.Count; row++)
        {
            rows[row].Label = TestModels.Names[answers[row]];
        }

        var labelled = transformer.WithComputeBudget(Keyed(rows), 0.7, "Key");

        Assert.IsGreaterThanOrEqualTo(Accuracy(cheap, rows), Accuracy(labelled, rows));
        Assert.IsTrue(labelled.Calibration!.HasLabels);
    }

    [TestMethod]
    public void Calibration_WithAndWithoutLabels_SaysWhatWasUsed()
    {
        var rows = TestModels.Rows(40);
        rows[3].Label = rows[7].Label = "glove";
        var transformer = TestModels.Transformer(WithExits(NetworkKind.ResNet), _context);

        var with = transformer.WithComputeBudget(Keyed(rows), 0.7, "Key");
        var without = transformer.WithComputeBudget(Keyed(rows), 0.7);

        Assert.IsNull(transformer.Calibration);
        Assert.AreEqual((38L, 2L, true), (with.Calibration!.Rows, with.Calibration.RowsLeftOut, with.Calibration.HasLabels));
        StringAssert.Contains(
            with.ToString(),
            "Thresholds were chosen by the accuracy on the labels of 38 rows (2 without one that the network knows left out).");
        StringAssert.EndsWith(
            without.ToString(),
            "Thresholds were chosen on 40 rows without labels, by the probabilities that the network gives its answers.");
        Assert.IsNull(with.WithExitConfidence(0.9f).Calibration);
    }

    [TestMethod]
    public void WithTimeBudget_Labels_AreUsed()
    {
        var transformer = TestModels.Transformer(WithExits(NetworkKind.ResNet), _context);

        var dialled = transformer.WithTimeBudget(Keyed(TestModels.Rows(40)), 0.9, "Key");

        Assert.AreEqual((40L, 0L, true), (dialled.Calibration!.Rows, dialled.Calibration.RowsLeftOut, dialled.Calibration.HasLabels));
    }

    [TestMethod]
    public void Calibration_LabelsShiftedByOne_SaysThatTheyDoNotFit()
    {
        var warnings = new List<string>();
        _context.Log += (_, message) => warnings.Add(message.Message);
        var transformer = TestModels.Transformer(WithExits(NetworkKind.ResNet), _context);
        var rows = TestModels.Rows(200);
        var answers = Answers(transformer.WithExitConfidence(1), rows);
        for (var row = 0; row < rows.Count; row++)
        {
            rows[row].Label = TestModels.Names[(answers[row] + (row % 5 == 0 ? 1 : 0)) % 4];
        }

        var good = transformer.WithComputeBudget(Keyed(rows), 0.7, "Key").Calibration!;
        rows.ForEach(row => row.Label = TestModels.Names[(Array.IndexOf(TestModels.Names, row.Label) + 2) % 4]);
        var shifted = transformer.WithComputeBudget(Keyed(rows), 0.7, "Key").Calibration!;

        Assert.AreEqual((0.8, true, false), (good.WholeNetworkAccuracy, good.LabelsFit, good.LabelsByPosition));
        Assert.AreEqual((0.0, false), (shifted.WholeNetworkAccuracy, shifted.LabelsFit));
        const string Sentence = " The whole network is right on 0.0 % of these rows, not clearly better than by guessing: look whether ";
        StringAssert.Contains(shifted.ToString(), Sentence);
        Assert.HasCount(1, warnings.Where(line => line.Contains(Sentence, StringComparison.Ordinal)));
        Assert.IsFalse(good.ToString().Contains("guessing", StringComparison.Ordinal));
    }

    [TestMethod]
    public void WithComputeBudget_LabelsThatAreNotThere_AreNamedWithTheirParameter()
        => Assert.AreEqual(
            "Could not find label column 'Truth'. There are columns 'Id', 'Label', 'Features', 'Key'. Name the right one in "
            + "labelColumnName (Parameter 'calibrationData')",
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => TestModels.Transformer(WithExits(NetworkKind.ResNet), _context)
                .WithComputeBudget(Keyed(TestModels.Rows(5)), 0.7, "Truth")).Message);

    [TestMethod]
    public void WithComputeBudget_NoRowWithALabel_SaysSo()
    {
        var rows = TestModels.Rows(5);
        rows.ForEach(row => row.Label = "glove");

        var error = Assert.ThrowsExactly<ArgumentException>(
            () => TestModels.Transformer(WithExits(NetworkKind.ResNet), _context).WithComputeBudget(Keyed(rows), 0.7, "Key"));

        Assert.AreEqual(
            "Calibration data has 5 rows, none of which has a label of the network's in column 'Key'. (Parameter 'calibrationData')",
            error.Message);
    }

    [TestMethod]
    public void WithComputeBudget_AnswersAsLabels_AreRefused()
    {
        var transformer = TestModels.Transformer(WithExits(NetworkKind.ResNet), _context);
        var scored = transformer.Transform(TestModels.View(_context, TestModels.Rows(5)));

        var error = Assert.ThrowsExactly<ArgumentException>(() => transformer.WithComputeBudget(scored, 0.7, "PredictedLabel"));

        Assert.StartsWith("Label column 'PredictedLabel' holds the answers of a model, by which nothing can be judged.", error.Message);
    }

    private static NetworkSpec WithExits(NetworkKind network)
        => TestModels.Spec(network) with { Exits = [new ExitSpec(0, HeadKind.Grid), new ExitSpec(2, HeadKind.Pooled)] };

    private int[] Answers(GatedResNetTransformer model, List<VectorRow> rows)
        => [.. model.Transform(TestModels.View(_context, rows)).GetColumn<uint>("PredictedLabel").Select(key => (int)key - 1)];

    private double Accuracy(GatedResNetTransformer model, List<VectorRow> rows)
        => Answers(model, rows).Zip(rows).Average(pair => TestModels.Names[pair.First] == pair.Second.Label ? 1.0 : 0.0);

    // In another order than the network's: labels go by name.
    private IDataView Keyed(List<VectorRow> rows)
    {
        var keys = _context.Data.LoadFromEnumerable(TestModels.Names.Reverse().Append("glove").Select(name => new KeyRow { Name = name }));
        var data = TestModels.View(_context, rows);
        return _context.Transforms.Conversion.MapValueToKey("Key", "Label", keyData: keys).Fit(data).Transform(data);
    }

    private sealed class KeyRow
    {
        public string Name { get; set; } = "";
    }
}
