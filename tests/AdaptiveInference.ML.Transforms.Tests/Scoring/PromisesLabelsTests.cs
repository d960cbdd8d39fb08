using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Tests.Persistence;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace AdaptiveInference.ML.Transforms.Tests.Scoring;

/// <summary>Certificates from labels that are not those of the images, and from rows that do not count.</summary>
[TestClass]
public sealed class PromisesLabelsTests
{
    private static readonly NetworkSpec Spec = TestModels.Spec() with
    {
        Exits = [new ExitSpec(0, HeadKind.Pooled), new ExitSpec(3, HeadKind.Pooled)],
    };

    private static readonly AccuracyGuaranteeOptions Generous = new() { MaximumDrop = 0.6, LabelColumnName = "Key" };
    private static readonly RefusalOptions Lenient = new() { MaximumRisk = 0.98, Confidence = 0.5, LabelColumnName = "Key" };

    private readonly MLContext _context = new(1);
    private readonly List<string> _log = [];

    public PromisesLabelsTests() => _context.Log += (_, message) =>
    {
        if (message.Kind == ChannelMessageKind.Warning)
        {
            _log.Add(message.Message);
        }
    };

    [TestMethod]
    public void WithAccuracyGuarantee_LabelsShiftedByOne_CertifiesNothingAndSaysWhy()
    {
        var network = TestModels.Transformer(Spec, _context);
        var rows = TestModels.Fitting(network, 400);
        Assert.IsNull(network.WithAccuracyGuarantee(Keyed(rows), Generous).Guarantee!.RowsNeeded);
        rows.ForEach(row => row.Label = TestModels.Names[(Array.IndexOf(TestModels.Names, row.Label) + 1) % TestModels.Names.Length]);
        var data = Keyed(rows);

        var whole = network.WithAccuracyGuarantee(data, Generous);

        var guarantee = whole.Guarantee!;
        var (labels, answers) = (data.GetColumn<uint>("Key").ToArray(), Answers(Whole(network), data));
        var right = new SplitOf(1, 400).Certifying.Average(row => labels[row] == answers[row].PredictedLabel ? 1.0 : 0);
        Assert.IsLessThan(0.25, right);
        Assert.AreEqual(right, guarantee.WholeNetworkAccuracy!.Value, 1e-12);
        Assert.AreEqual((false, 0L, 0.0), (guarantee.LabelsFit, guarantee.RowsNeeded, guarantee.UpperBound));
        Assert.AreEqual(1, guarantee.MeanComputeFraction, 1e-6);
        Assert.AreEqual(0f, whole.GateThreshold);
        CollectionAssert.AreEqual(new[] { 1f, 1f }, whole.ExitConfidences.ToArray());
        var sentence = $"Nothing is certified: the whole network is right on {ShareText.Percent(right, "0.0")} % of 267 rows, not "
            + "clearly better than by guessing: look whether these labels belong to these images, and mean the classes that the network "
            + "was trained on.";
        Assert.AreEqual(sentence, guarantee.ToString());
        Assert.IsTrue(_log.Any(line => line.Contains(sentence, StringComparison.Ordinal)));
        var loaded = (GatedResNetTransformer)new MLContext().Model.Load(SaveAndLoadTests.Saved(whole, data.Schema), out _);
        Assert.AreEqual(guarantee, loaded.Guarantee);
    }

    [TestMethod]
    public void WithRefusal_LabelsShiftedByOne_AsksWhoseTheyAre()
    {
        var network = TestModels.Transformer(Spec, _context);
        var rows = TestModels.Fitting(network, 400);
        rows.ForEach(row => row.Label = TestModels.Names[(Array.IndexOf(TestModels.Names, row.Label) + 1) % TestModels.Names.Length]);

        var refusal = Whole(network).WithRefusal(Keyed(rows), Lenient with { MaximumRisk = 0.1 }).Refusal!;

        Assert.AreEqual((false, 0L), (refusal.LabelsFit, refusal.RowsNeeded));
        StringAssert.StartsWith(
            refusal.ToString(),
            "No answer is accepted: even the surest answers of 267 rows are wrong more often than 10 %, so that more rows would not help. "
            + $"The network is right on {ShareText.Percent(refusal.Accuracy, "0.0")} % of these rows, not clearly better than by guessing: "
            + "look whether ");
        Assert.IsTrue(_log.Any(line => line.Contains("not clearly better than by guessing", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void WithRefusal_NearlyEveryRiskAllowed_IsNotSaidToBeAll()
    {
        var network = TestModels.Transformer(Spec, _context);
        var rows = TestModels.Fitting(network, 60);
        var shifted = TestModels.Names.Select((name, i) => (name, TestModels.Names[(i + 2) % 4])).ToDictionary();
        rows.ForEach(row => row.Label = shifted[row.Label]);

        var refusal = Whole(network).WithRefusal(
            Keyed(rows), Lenient with { MaximumRisk = 0.999999999999, Confidence = 0.999999999999 }).Refusal!;

        StringAssert.Contains(refusal.ToString(), " 99.9999999999 %");
        Assert.IsFalse(refusal.ToString().Contains(" 100 %", StringComparison.Ordinal));
    }

    [TestMethod]
    public void Calibration_KeysWithoutNames_SaysThatTheyWereMatchedByPosition()
    {
        // As many classes as the network has, of which nobody can tell whether they are the same.
        var nameless = ClassLabels.Create(typeof(uint), ["0", "1", "2", "3"], valueType: null, texts: null);
        var network = new GatedResNetTransformer(_context, TestModels.Model(Spec, labels: nameless), TestModels.Columns);
        var rows = TestModels.Fitting(network, 400);
        var data = Keyed(rows);

        var certified = network.WithAccuracyGuarantee(data, Generous).WithRefusal(data, Lenient);

        const string Sentence = " Labels were matched to classes by their position alone, because keys or classes have no names: see that "
            + "both count alike.";
        Assert.IsNull(certified.Guarantee!.RowsNeeded);
        Assert.IsTrue(certified.Guarantee.LabelsByPosition);
        Assert.IsTrue(certified.Refusal!.LabelsByPosition);
        StringAssert.EndsWith(certified.Guarantee.ToString(), Sentence);
        StringAssert.EndsWith(certified.Refusal.ToString(), Sentence);
        Assert.HasCount(2, _log.Where(line => line.Contains(Sentence, StringComparison.Ordinal)));
        var metrics = _context.MulticlassClassification.EvaluateAdaptive(certified.Transform(data), "Key");
        Assert.IsTrue(metrics.LabelsByPosition);
        StringAssert.Contains(metrics.ToString(), "\nLabels          matched to classes by position alone");
        var named = TestModels.Transformer(Spec, _context).WithAccuracyGuarantee(data, Generous);
        Assert.IsFalse(named.Guarantee!.LabelsByPosition);
        Assert.IsFalse(
            _context.MulticlassClassification.EvaluateAdaptive(named.Transform(data), "Key").LabelsByPosition);
    }

    [TestMethod]
    public void Calibration_Groups_SayHowManyRowsOfThemDoNotCount()
    {
        var network = TestModels.Transformer(Spec, _context);
        var rows = TestModels.Fitting(network, 300);
        rows[0].Label = "";
        var data = _context.Transforms.Expression("Group", "id => id / 3", "Id").Fit(Keyed(rows)).Transform(Keyed(rows));

        var guarantee = network.WithAccuracyGuarantee(data, Generous with { GroupColumnName = "Group" }).Guarantee!;
        var refusal = network.WithRefusal(data, Lenient with { GroupColumnName = "Group" }).Refusal!;

        // Of 100 groups 67 certify, or 66, by one row each: the others of three, or two where the first row has no label.
        Assert.IsInRange(66L, 67L, guarantee.Rows);
        Assert.AreEqual(1L, guarantee.RowsWithoutLabel);
        Assert.IsInRange((2 * guarantee.Rows) - 1, 2 * guarantee.Rows, guarantee.RowsOfSameGroup);
        Assert.AreEqual(guarantee.RowsOfSameGroup + 1, guarantee.RowsLeftOut);
        var sentence = $" {guarantee.RowsLeftOut} rows were left out: 1 without a label, {guarantee.RowsOfSameGroup} because another row "
            + "of the same group counts.";
        StringAssert.EndsWith(guarantee.ToString(), sentence);
        StringAssert.EndsWith(refusal.ToString(), sentence);
    }

    [TestMethod]
    public void Calibration_LabelsThatAreAllMissing_SaysSoAndWhichColumn()
    {
        var rows = TestModels.Rows(40);
        rows.ForEach(row => row.Label = row.Id % 2 == 0 ? "" : "shoe");
        var data = Keyed(rows);
        var other = Keyed(rows, [.. TestModels.Names, "shoe"]);
        var network = TestModels.Transformer(Spec, _context);

        var unknown = Assert.ThrowsExactly<ArgumentException>(() => network.WithAccuracyGuarantee(other, Generous));
        var missing = Assert.ThrowsExactly<ArgumentException>(() => network.WithRefusal(data, Lenient));

        const string Advice = " Is 'Key', which the option LabelColumnName names, the column of the true labels, mapped to keys by the "
            + "MapValueToKey of the training data? (Parameter 'calibrationData')";
        const string Needed = "Calibration data has 40 rows, 0 of which can be used. At least 2 are needed, one to choose by and one to "
            + "certify; a certificate takes some hundreds. 40 rows were left out: ";
        Assert.AreEqual(Needed + "20 without a label, 20 of classes that the network does not know." + Advice, unknown.Message);
        Assert.AreEqual(Needed + "40 without a label." + Advice, missing.Message);
    }

    [TestMethod]
    public void Calibration_ColumnsThatAreNotThere_AreNamedWithTheirOptionAndWhatIs()
    {
        var (network, data) = (TestModels.Transformer(Spec, _context), Keyed(TestModels.Rows(10)));
        const string There = ". There are columns 'Id', 'Label', 'Features', 'Key'. Name the right one in the option ";

        AssertColumn(
            $"Could not find label column 'Class'{There}LabelColumnName",
            () => network.WithAccuracyGuarantee(data, Generous with { LabelColumnName = "Class" }));
        AssertColumn(
            $"Could not find group column 'Object'{There}GroupColumnName",
            () => network.WithAccuracyGuarantee(data, Generous with { GroupColumnName = "Object" }));
        AssertColumn(
            $"Could not find group column 'Object'{There}GroupColumnName",
            () => network.WithRefusal(data, Lenient with { GroupColumnName = "Object" }));
        AssertColumn(
            "Schema mismatch for group column 'Features': expected key, text or number, got Vector<Single, 144>. It is named in the option "
            + "GroupColumnName",
            () => network.WithRefusal(data, Lenient with { GroupColumnName = "Features" }));
        AssertColumn(
            "Schema mismatch for label column 'Label': expected Key<UInt32>, got String. Map it to keys first: "
            + "mlContext.Transforms.Conversion.MapValueToKey(\"Label\"). It is named in the option LabelColumnName",
            () => network.WithRefusal(data, new RefusalOptions()));
        var bare = _context.Transforms.DropColumns("Features").Fit(data).Transform(data);
        foreach (var act in (Action[])[
            () => network.WithComputeBudget(bare, 0.5), () => network.WithTimeBudget(bare, 0.5), () => network.WithRefusal(bare, Lenient),
            () => network.WithAccuracyGuarantee(bare, Generous)])
        {
            var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(act);
            StringAssert.StartsWith(error.Message, "Could not find feature column 'Features'. There are columns 'Id', 'Label', 'Key'.");
            Assert.AreEqual("calibrationData", error.ParamName);
        }

        static void AssertColumn(string sentence, Action act)
        {
            var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(act);
            Assert.AreEqual($"{sentence} (Parameter 'calibrationData')", error.Message);
        }
    }

    [TestMethod]
    public void WithRefusal_ColumnThatHidesAnother_IsRefused()
    {
        var (network, data) = (TestModels.Transformer(Spec, _context), Keyed(TestModels.Rows(60)));

        var error = Assert.ThrowsExactly<ArgumentException>(() => network.WithRefusal(data, Lenient with { AcceptedColumnName = "Id" }));

        StringAssert.StartsWith(
            error.Message, "The data has a column 'Id' of type Int32, which the column of accepted answers would hide. Choose another name "
            + "in RefusalOptions.AcceptedColumnName.");

        // Rows that were scored before may certify.
        var careful = network.WithRefusal(data, Lenient);
        Assert.IsNotNull(network.WithRefusal(careful.Transform(data), Lenient).Refusal);
    }

    [TestMethod]
    public void Options_GroupsThatAreTheLabels_AreRefused()
    {
        var (network, data) = (TestModels.Transformer(Spec, _context), Keyed(TestModels.Rows(10)));
        const string Fault = "GroupColumnName must not be that of the labels, got 'Key': one row of each class would count. Name another.";

        var guarantee = Assert.ThrowsExactly<ArgumentException>(
            () => network.WithAccuracyGuarantee(data, Generous with { GroupColumnName = "Key" }));
        var refusal = Assert.ThrowsExactly<ArgumentException>(
            () => network.WithRefusal(data, Lenient with { GroupColumnName = "Key", AcceptedColumnName = "Key" }));

        Assert.AreEqual($"AccuracyGuaranteeOptions: {Fault}", guarantee.Message);
        StringAssert.Contains(refusal.Message, Fault);
        StringAssert.Contains(refusal.Message, "AcceptedColumnName must not be 'Key'");
    }

    private static GatedResNetTransformer Whole(GatedResNetTransformer network) => network.WithGateThreshold(0).WithExitConfidence(1);

    private static List<ScoredVectorRow> Answers(GatedResNetTransformer network, IDataView data)
        => TestModels.Read(new MLContext(1), network.Transform(data));

    private IDataView Keyed(IReadOnlyList<VectorRow> rows, string[]? order = null)
    {
        var keys = _context.Data.LoadFromEnumerable((order ?? TestModels.Names).Select(name => new KeyRow { Name = name }));
        var data = TestModels.View(_context, rows);
        return _context.Transforms.Conversion.MapValueToKey("Key", "Label", keyData: keys).Fit(data).Transform(data);
    }

    private sealed class KeyRow
    {
        public string Name { get; set; } = "";
    }
}
