using System.Globalization;
using System.Xml.Linq;
using AdaptiveInference.ML.Tests.Reports;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Tests;

[TestClass]
public sealed class AdaptiveReportTests
{
    private static readonly string[] Sections = ["dial", "promises", "costs", "rates", "examples", "confusion", "training"];

    private readonly ReportFixture _fixture = new();

    [TestMethod]
    public void Save_AllOptions_HasEverySectionAndRefersToNothingOutside()
    {
        var html = _fixture.Report(_fixture.Rows(90), _fixture.AllOptions());

        CollectionAssert.AreEqual(Sections, html.Descendants("section").Select(section => section.Attribute("id")!.Value).ToArray());
        string[] forbidden = ["script", "link", "iframe", "object", "embed", "base", "form", "use", "image", "foreignObject"];
        Assert.IsEmpty(html.Descendants().Where(e => forbidden.Contains(e.Name.LocalName)));
        Assert.IsEmpty(html.Descendants().Attributes().Where(a => a.Name.LocalName.StartsWith("on", StringComparison.OrdinalIgnoreCase)));
        string[] loads = ["src", "href", "srcset", "poster", "data", "action"];
        foreach (var attribute in html.Descendants().Attributes().Where(a => loads.Contains(a.Name.LocalName)))
        {
            StringAssert.StartsWith(attribute.Value, "data:image/png;base64,");
        }

        var sheets = html.Descendants("style").Select(e => e.Value);
        foreach (var style in sheets.Concat(html.Descendants().Attributes("style").Select(a => a.Value)))
        {
            Assert.IsFalse(
                style.Contains("url(", StringComparison.OrdinalIgnoreCase) || style.Contains("@import", StringComparison.OrdinalIgnoreCase),
                style);
        }
    }

    [TestMethod]
    public void Create_ModelThatDidNotScoreTheRows_IsRefused()
    {
        var other = new ReportFixture().Model;
        var spec = other.Model.Spec with { Architecture = Transforms.ResNetArchitecture.Cifar(20) };
        var plan = Transforms.Architectures.BlockPlan.Of(spec);
        var weights = new Transforms.Architectures.NetworkWeights(
            plan,
            Transforms.Architectures.WeightLayout.Of(plan).ToDictionary(tensor => tensor.Name, tensor => new float[tensor.Length]));
        using var deeper = new Transforms.GatedResNetTransformer(
            new MLContext(1),
            new Transforms.Model.GatedResNetModel(plan, weights, other.Model.Channels, other.Model.Classes, other.Model.Policy),
            other.Columns);

        var error = Assert.ThrowsExactly<ArgumentException>(
            () => _fixture.Report(_fixture.Rows(20), new AdaptiveReportOptions { Model = deeper }));

        Assert.StartsWith("AdaptiveReportOptions: Model must be the network that scored the rows, of ", error.Message);
        Assert.EndsWith("Leave it out, or score the rows with it.", error.Message);
    }

    [TestMethod]
    public void Save_RowsOfACascade_ShowsBothNetworks()
    {
        var scored = Cascade(_fixture.Static).Transform(_fixture.Rows(60));

        var html = ReportFixture.Parse(AdaptiveReport.Create(scored));

        string[] stages = [.. html.Descendants("section").Single(section => section.Attribute("id")!.Value == "rates").Descendants("th")
            .Select(head => head.Value)];
        CollectionAssert.Contains(stages, "Stage 2:1");
        var error = Assert.ThrowsExactly<ArgumentException>(
            () => AdaptiveReport.Create(scored, new AdaptiveReportOptions { Model = _fixture.Model }));
        Assert.StartsWith("AdaptiveReportOptions: Model must be the network that scored the rows, of ", error.Message);
    }

    [TestMethod]
    public void Save_KeysWithoutNames_SaysThatTheyWereMatchedByPosition()
    {
        const string Sentence = "Labels were matched to classes by their position alone, because keys or classes have no names";
        var scored = _fixture.Model.Transform(_fixture.Rows(30));
        var nameless = _fixture.Context.Transforms.Expression("Score", "s => s", "Score").Fit(scored).Transform(scored);

        var html = ReportFixture.Parse(AdaptiveReport.Create(nameless));
        var named = ReportFixture.Parse(AdaptiveReport.Create(scored));

        Assert.HasCount(1, html.Descendants("p").Where(paragraph => paragraph.Value.StartsWith(Sentence, StringComparison.Ordinal)));
        Assert.IsEmpty(named.Descendants("p").Where(paragraph => paragraph.Value.StartsWith(Sentence, StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Create_RowsWithoutAnAnswer_AreRefused()
    {
        var scored = _fixture.Model.Transform(_fixture.Rows(30));
        var spoilt = _fixture.Context.Transforms.Expression("Score", "s => s * (0f / 0f)", "Score").Fit(scored).Transform(scored);

        var error = Assert.ThrowsExactly<ArgumentException>(() => AdaptiveReport.Create(spoilt));

        Assert.AreEqual(
            "Row 0 has no answer: a score in column 'Score' is NaN. A report is about answers; EvaluateAdaptive counts such rows, as "
            + "answered wrongly. (Parameter 'scored')",
            error.Message);
    }

    [TestMethod]
    public void Create_RowsWhoseCostIsNotKnown_AreRefused()
    {
        var costless = _fixture.Context.Transforms.DropColumns("ComputeFraction").Fit(_fixture.Static.Transform(_fixture.Rows(1)));
        var second = new Microsoft.ML.Data.TransformerChain<ITransformer>(_fixture.Static, costless);

        var error = Assert.ThrowsExactly<ArgumentException>(
            () => AdaptiveReport.Create(Cascade(second).Transform(_fixture.Rows(60))));

        Assert.StartsWith("What row ", error.Message);
        Assert.Contains("cost is not known: the second model of a cascade answered it", error.Message);
    }

    [TestMethod]
    public void Save_AllOptions_EverythingSeenHasATitleAndAnAlternative()
    {
        var html = _fixture.Report(_fixture.Rows(90), _fixture.AllOptions());

        var ids = html.Descendants().Attributes("id").Select(a => a.Value).ToList();
        Assert.HasCount(ids.Count, ids.Distinct().ToList(), "Ids must be unique, or clips of one plot cut another.");
        foreach (var reference in html.Descendants().Attributes("clip-path").Select(a => a.Value))
        {
            CollectionAssert.Contains(ids, reference["url(#".Length..^1]);
        }

        foreach (var section in html.Descendants("section"))
        {
            var title = html.Descendants("h2").Single(e => e.Attribute("id")!.Value == section.Attribute("aria-labelledby")!.Value);
            Assert.AreNotEqual("", title.Value);
        }

        var plots = html.Descendants("svg").ToArray();
        Assert.HasCount(9, plots, "Dial, promises and costs for desktop and phone, and three of the training.");
        Assert.IsTrue(plots.All(svg => svg.Attribute("role")!.Value == "img" && svg.Attribute("aria-label")!.Value.Length > 20));
        Assert.IsTrue(plots.All(svg => svg.Elements().First().Name == "title" && svg.Attribute("viewBox") is not null));
        Assert.IsTrue(
            html.Descendants("figure").All(figure => figure.Element("figcaption") is not null && figure.Element("details") is not null));
        Assert.IsTrue(html.Descendants("table").All(table => table.Element("caption") is { } caption && caption.Value.Length > 0));
        Assert.IsTrue(html.Descendants("th").All(th => th.Attribute("scope") is not null));
        Assert.IsTrue(html.Descendants("img").Any());
        Assert.IsTrue(html.Descendants("img").All(img => img.Attribute("alt")!.Value.Length > 0));
        var paths = Of(html, "span", "path").Concat(Of(html, "span", "path deep"));
        Assert.IsTrue(paths.All(path => path.Attribute("aria-label")!.Value.Contains("of 6 blocks ran")));
        Assert.IsFalse(
            plots.Any(svg => svg.ToString().Contains("rgb(", StringComparison.Ordinal)), "A colour that does not follow the page.");
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Create_ImageThatOverflowsInAModel_IsThatRowsError(bool inStaticModel)
    {
        var options = inStaticModel
            ? _fixture.AllOptions() with { StaticModel = ReportFixture.Overflowing(_fixture.Static) }
            : _fixture.AllOptions() with { Model = ReportFixture.Overflowing(_fixture.Model) };

        var error = Assert.ThrowsExactly<FormatException>(() => _fixture.Report(_fixture.Rows(20), options));

        StringAssert.Matches(
            error.Message,
            new("^Row 0 of column 'Features': the network has no finite answer for pixels from .*its weights are too large"));
    }

    [TestMethod]
    public void Save_HostileNames_AreTextAndNothingElse()
    {
        var fixture = new ReportFixture("<script>alert(1)</script>", "\" onload='x' & \u0001]]>", "</style></svg>\uD800 \u202Eevil");

        var html = fixture.Report(fixture.Rows(90), fixture.AllOptions() with { Title = "<img src=x onerror=alert(1)>" });

        Assert.IsEmpty(html.Descendants("script"));
        Assert.AreEqual("<img src=x onerror=alert(1)>", html.Descendants("h1").Single().Value);
        var names = Of(html, "bdi", "name").Select(e => e.Value).ToArray();
        CollectionAssert.Contains(names, "<script>alert(1)</script>");
        CollectionAssert.Contains(names, "\" onload='x' & \uFFFD]]>");
        CollectionAssert.Contains(names, "</style></svg>\uFFFD \u202Eevil");
    }

    [TestMethod]
    public void Save_ScoredRows_ShowsWhatEvaluateAdaptiveFinds()
    {
        var rows = _fixture.Rows(90);
        var metrics = _fixture.Context.MulticlassClassification.EvaluateAdaptive(_fixture.Model.Transform(rows));

        var html = _fixture.Report(rows, _fixture.AllOptions());

        var tiles = Of(html, "dd", "value").Select(e => e.Value).ToArray();
        Assert.AreEqual(Percent(metrics.Classification.MicroAccuracy), tiles[0]);
        Assert.AreEqual(Percent(metrics.MeanComputeFraction), tiles[1]);
        Assert.AreEqual(metrics.DistinctPaths.ToString(CultureInfo.InvariantCulture), tiles[3]);
        StringAssert.Contains(html.Element("body")!.Value, "log-loss " + Text(metrics.Classification.LogLoss, "0.000"));

        var rates = Body(Of(html, "table", "heat").Single());
        CollectionAssert.AreEqual(metrics.BlockRates.Select(rate => Text(rate * 100, "0")).ToArray(), rates[0]);
        for (var label = 0; label < ReportFixture.Classes; label++)
        {
            CollectionAssert.AreEqual(metrics.ClassBlockRates[label].Select(rate => Text(rate * 100, "0")).ToArray(), rates[label + 1]);
        }

        var confusion = Body(Of(html, "table", "heat confusion").Single());
        for (var label = 0; label < ReportFixture.Classes; label++)
        {
            var counts = metrics.Classification.ConfusionMatrix.Counts[label].Select(count => Text(count, "0"));
            CollectionAssert.AreEqual(
                counts.Append(Percent(metrics.Classification.ConfusionMatrix.PerClassRecall[label])).ToArray(), confusion[label]);
        }
    }

    [TestMethod]
    public void Save_WithModels_ComparesWithTheStaticNetworks()
    {
        var rows = _fixture.Rows(90);
        var open = _fixture.Model.WithGateThreshold(0).WithExitConfidence(1);

        var html = _fixture.Report(rows, _fixture.AllOptions());

        var peers = Body(html.Descendants("div").Single(e => e.Attribute("class")?.Value == "card peers").Element("table")!);
        Assert.AreEqual(Accuracy(_fixture.Model), peers[0][0]);
        Assert.AreEqual(Accuracy(open), peers[1][0]);
        Assert.AreEqual(Accuracy(_fixture.Static), peers[2][0]);
        var full = Text(_fixture.Model.FullMacs / 1e6, "0.0") + "\u00A0million MACs";
        Assert.AreEqual(full, peers[1][1]);
        Assert.AreEqual(full, peers[2][1]);

        string Accuracy(ITransformer model)
            => Percent(_fixture.Context.MulticlassClassification.EvaluateAdaptive(model.Transform(rows)).Classification.MicroAccuracy);
    }

    [TestMethod]
    public void Save_TurnedModel_ShowsTheDialsThroughIt()
    {
        var rows = _fixture.Rows(90, everyMissing: 0);

        var html = _fixture.Report(rows, _fixture.AllOptions());

        var dial = html.Descendants("section").First().Descendants("table").Single().Descendants("tr").Skip(1)
            .Select(row => row.Elements().Select(cell => cell.Value).ToArray()).ToArray();
        CollectionAssert.AreEquivalent(
            new[] { "This network", "Static", "Trained by itself", "Exit confidence", "Gate threshold" },
            dial.Select(row => row[0]).Distinct().ToArray());
        var closed = dial.Single(row => row[0] == "Gate threshold" && row[1] == "0.9");
        var metrics = _fixture.Context.MulticlassClassification.EvaluateAdaptive(_fixture.Model.WithGateThreshold(0.9f).Transform(rows));
        Assert.AreEqual(Percent(metrics.Classification.MicroAccuracy), closed[2]);
        Assert.AreEqual(Text(metrics.MeanMacs / 1e3, "0.0") + "\u00A0thousand MACs", closed[3]);
    }

    [TestMethod]
    public void Save_WithAModel_BoundsWhatEachExitAndClassLosesAllTogether()
    {
        var rows = _fixture.Rows(90, everyMissing: 0);
        var (set, whole) = (Answers(_fixture.Model, rows), Answers(_fixture.Model.WithGateThreshold(0).WithExitConfidence(1), rows));
        var labels = Enumerable.Range(0, 90).Select(i => i % ReportFixture.Classes).ToArray();
        var lost = Enumerable.Range(0, 90).Where(i => set[i] != labels[i] && whole[i] == labels[i]).ToArray();

        var html = _fixture.Report(rows, _fixture.AllOptions());

        var table = Body(html.Descendants("table").Single(e => e.Element("caption")!.Value == "Images lost against the whole network"));
        Assert.HasCount(2 + ReportFixture.Classes, table);
        Assert.AreEqual(90, table.Take(2).Sum(row => int.Parse(row[0], CultureInfo.InvariantCulture)));
        Assert.AreEqual(lost.Length, table.Take(2).Sum(row => int.Parse(row[1], CultureInfo.InvariantCulture)));
        for (var label = 0; label < ReportFixture.Classes; label++)
        {
            var ofClass = lost.Count(i => labels[i] == label);

            // Five bounds share what may fail: 1 % each.
            var most = Transforms.Statistics.BinomialBound.UpperBound(ofClass, 30, 0.99);
            CollectionAssert.AreEqual(new[] { "30", Text(ofClass, "0"), Percent(ofClass / 30.0), Percent(most) }, table[2 + label]);
        }
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Save_AnyRows_BoundsWrongAnswersOfEachClass(bool refuses)
    {
        var rows = _fixture.Rows(90, everyMissing: 0);
        var model = refuses
            ? _fixture.Model.WithRefusal(
                rows, new Transforms.RefusalOptions { MaximumRisk = 0.9, Confidence = 0.5, AcceptedColumnName = "Sure" })
            : _fixture.Model;
        var scored = model.Transform(rows);
        var answers = Answers(model, rows);
        var accepted = refuses ? scored.GetColumn<bool>("Sure").ToArray() : [];

        var html = ReportFixture.Parse(AdaptiveReport.Create(scored));

        var table = Body(html.Descendants("table").Single(
            e => e.Element("caption")!.Value.StartsWith("Wrong answers by class", StringComparison.Ordinal)));
        var confidence = 1 - (0.05 / (refuses ? 12 : 6));
        for (var label = 0; label < ReportFixture.Classes; label++)
        {
            int[] own = [.. Enumerable.Range(0, 90).Where(i => i % ReportFixture.Classes == label)];
            var wrong = own.Count(i => answers[i] != label);
            string[] expected = ["30", .. Bounds(wrong, 30, confidence)];
            if (refuses)
            {
                int[] sure = [.. own.Where(i => accepted[i])];
                var wrongly = sure.Count(i => answers[i] != label);
                expected = [.. expected, Percent(sure.Length / 30.0), .. Bounds(wrongly, sure.Length, confidence)];
            }

            CollectionAssert.AreEqual(expected, table[label]);
        }

        static string[] Bounds(int count, int images, double confidence) => images == 0 ? ["–", "–", "–"] :
        [
            Percent(count / (double)images),
            Percent(1 - Transforms.Statistics.BinomialBound.UpperBound(images - count, images, confidence)),
            Percent(Transforms.Statistics.BinomialBound.UpperBound(count, images, confidence)),
        ];
    }

    [TestMethod]
    public void Save_GatesToldABudget_TurnsWhatTheyAreTold()
    {
        var (rows, told) = (_fixture.Rows(90, everyMissing: 0), _fixture.Told());

        var html = ReportFixture.Parse(AdaptiveReport.Create(told.Transform(rows), new AdaptiveReportOptions { Model = told }));

        var section = html.Descendants("section").First();
        var dial = section.Descendants("table").Single().Descendants("tr").Skip(1)
            .Select(row => row.Elements().Select(cell => cell.Value).ToArray()).Where(row => row[0] == "Gate budget").ToArray();
        CollectionAssert.AreEqual(new[] { "1", "0.85", "0.7", "0.55", "0.4", "0.3", "0.2" }, dial.Select(row => row[1]).ToArray());
        var metrics = _fixture.Context.MulticlassClassification.EvaluateAdaptive(told.WithGateBudget(0.4f).Transform(rows));
        Assert.AreEqual(Percent(metrics.Classification.MicroAccuracy), dial[4][2]);
        Assert.AreEqual(Text(metrics.MeanMacs / 1e6, "0.0") + "\u00A0million MACs", dial[4][3]);
        StringAssert.Contains(section.Value, "WithGateBudget");
    }

    [TestMethod]
    public void Save_RowsAlone_LeavesOutWhatNeedsAModelOrHistory()
    {
        var html = _fixture.Report(_fixture.Rows(30), options: null);

        CollectionAssert.AreEqual(
            new[] { "promises", "costs", "rates", "examples", "confusion" },
            html.Descendants("section").Select(section => section.Attribute("id")!.Value).ToArray());
        Assert.IsEmpty(html.Descendants("img"));
        Assert.AreEqual("Adaptive inference report", html.Descendants("h1").Single().Value);
    }

    [TestMethod]
    public void Save_ManyRows_KeepsOnlyWhatIsShown()
    {
        var html = _fixture.Report(_fixture.Rows(3000), _fixture.AllOptions() with { DialImages = 50 });

        Assert.IsLessThanOrEqualTo(6 * ReportFixture.Classes, html.Descendants("img").Count());
        StringAssert.Contains(html.Element("body")!.Value, "on 50 of the 2,572 images");
    }

    [TestMethod]
    public void Save_StaticModelWithClassesInAnotherOrder_IsComparedByName()
    {
        // Each class has another number of images, so that a network that answers always the same is told apart by the names too.
        var rows = _fixture.Rows(10, everyMissing: 3);
        var other = _fixture.StaticOf("coat", "dress", "boot");

        var html = _fixture.Report(rows, _fixture.AllOptions() with { StaticModel = other });

        var peers = Body(html.Descendants("div").Single(e => e.Attribute("class")?.Value == "card peers").Element("table")!);
        var accuracy = _fixture.Context.MulticlassClassification.EvaluateAdaptive(other.Transform(rows)).Classification.MicroAccuracy;
        Assert.AreEqual(Percent(accuracy), peers[2][0]);
        Assert.AreNotEqual(
            accuracy,
            _fixture.Context.MulticlassClassification.EvaluateAdaptive(_fixture.Static.Transform(rows)).Classification.MicroAccuracy);
    }

    [TestMethod]
    public void Create_StaticModelOfOtherClasses_NamesBoth()
    {
        var options = _fixture.AllOptions() with { StaticModel = _fixture.StaticOf("boot", "coat", "bag") };

        var error = Assert.ThrowsExactly<ArgumentException>(
            () => AdaptiveReport.Create(_fixture.Model.Transform(_fixture.Rows(9)), options));

        Assert.AreEqual(
            "AdaptiveReportOptions: StaticModel must know the classes of the model that scored the rows (boot, coat, dress), in any "
            + "order, got a "
            + "model of boot, coat, bag. Leave it out, or choose a model of the same classes.",
            error.Message);
    }

    [TestMethod]
    public void Save_LabelsWithKeysInAnotherOrder_AreComparedByName()
    {
        var turned = new ReportFixture("dress", "boot", "coat");
        var rows = turned.Rows(90);

        var html = _fixture.Report(rows, _fixture.AllOptions());

        var metrics = _fixture.Context.MulticlassClassification.EvaluateAdaptive(_fixture.Model.Transform(rows));
        var confusion = Body(Of(html, "table", "heat confusion").Single());
        for (var label = 0; label < ReportFixture.Classes; label++)
        {
            CollectionAssert.AreEqual(
                metrics.Classification.ConfusionMatrix.Counts[label].Select(count => Text(count, "0")).ToArray(), confusion[label][..^1]);
        }
    }

    [TestMethod]
    [DataRow("de-DE")]
    [DataRow("tr-TR")]
    [DataRow("fa-IR")]
    [DataRow("ar-SA")]
    public void Save_InAnyCulture_IsTheSamePage(string culture)
    {
        var (rows, before) = (_fixture.Rows(90), CultureInfo.CurrentCulture);
        var expected = WithoutDate(_fixture.Report(rows, _fixture.AllOptions()));
        var table = _fixture.Context.MulticlassClassification.EvaluateAdaptive(_fixture.Model.Transform(rows)).ToString();
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture);

            Assert.AreEqual(expected, WithoutDate(_fixture.Report(rows, _fixture.AllOptions())));
            Assert.AreEqual(table, _fixture.Context.MulticlassClassification.EvaluateAdaptive(_fixture.Model.Transform(rows)).ToString());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }

        static string WithoutDate(XElement page)
        {
            page.Descendants("footer").Remove();
            return page.ToString();
        }
    }

    [TestMethod]
    public void Save_AThousandClasses_StaysReadable()
    {
        var classes = Transforms.Model.ClassLabels.OfNames([.. Enumerable.Range(0, 1000).Select(i => $"n{i}")]);
        var columns = new Transforms.Evaluation.ScoredColumns(
            default, default, default, default, classes, Transforms.Model.ClassOrder.Of(classes, classes), ["stage1.block1"], 1000);
        var rows = new AdaptiveInference.ML.Reports.Data.RowSummary(columns);
        for (var i = 0; i < 5000; i++)
        {
            rows.Add(new AdaptiveInference.ML.Reports.Data.ScoredValues(i % 1000, i * 7 % 1000, 0.5f, 0.5f, [i % 3 == 0]), () => null);
        }

        var page = AdaptiveInference.ML.Reports.ReportPage.Build(
            new AdaptiveInference.ML.Reports.Data.ReportModel(new AdaptiveReportOptions(), rows, null));

        Assert.IsLessThan(120, page.Descendants("tr").Count());
        StringAssert.Contains(page.Value, "Shown are the 40 classes that are recognised worst. 960 classes more are left out.");
        StringAssert.Contains(page.Value, "The 25 most frequent mistakes among 1000 classes");
    }

    [TestMethod]
    public void Save_ToAFile_ReplacesItAndLeavesNothingElse()
    {
        var folder = Directory.CreateTempSubdirectory("report-");
        try
        {
            var path = Path.Combine(folder.FullName, "report.html");
            File.WriteAllText(path, "old");

            AdaptiveReport.Create(_fixture.Model.Transform(_fixture.Rows(10))).Save(path);

            StringAssert.StartsWith(File.ReadAllText(path), "<!DOCTYPE html>");
            Assert.HasCount(1, folder.GetFiles());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [TestMethod]
    public void Create_NoLabels_SaysSo()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => AdaptiveReport.Create(_fixture.Model.Transform(_fixture.Rows(0))));

        Assert.AreEqual("There are no rows with a label to report on. (Parameter 'scored')", error.Message);
    }

    [TestMethod]
    public void Create_UnscoredRows_UsesMlNetsWords()
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => AdaptiveReport.Create(_fixture.Rows(3)));

        Assert.AreEqual(
            "Could not find execution path column 'ExecutionPath'. Score the rows first: model.Transform(data) (Parameter 'scored')",
            error.Message);
    }

    [TestMethod]
    public void Create_BadOptions_ListsThemAll()
    {
        var options = new AdaptiveReportOptions { Title = " ", ScoreColumnName = "", DialImages = 0 };

        var error = Assert.ThrowsExactly<ArgumentException>(() => AdaptiveReport.Create(_fixture.Rows(3), options));

        Assert.AreEqual(
            "AdaptiveReportOptions has 3 faults: Title must be a text, got ' '. ScoreColumnName must name a column, got ''. DialImages "
                + "must be at least 1, got 0.",
            error.Message);
    }

    private static string Percent(double share) => Text(share * 100, "0.0") + "\u00A0%";

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static IEnumerable<XElement> Of(XElement html, string name, string cssClass)
        => html.Descendants(name).Where(e => e.Attribute("class")?.Value == cssClass);

    /// <summary>The cells of a table's body, without the headings of its rows.</summary>
    private static string[][] Body(XElement table)
        => [.. table.Element("tbody")!.Elements("tr").Select(row => row.Elements("td").Select(cell => cell.Value).ToArray())];

    private Transforms.CascadeTransformer Cascade(ITransformer second)
    {
        var refusal = new Transforms.RefusalGuarantee
        {
            Threshold = 2f, Rows = 10, Accepted = 5, MaximumRisk = 0.5, Confidence = 0.5, UpperBound = 0.5,
        };
        var first = new Transforms.GatedResNetTransformer(
            new MLContext(1), _fixture.Model.Model.With(guarantee: null, refusal), _fixture.Model.Columns with { Accepted = "Accepted" });
        return _fixture.Context.MulticlassClassification.Cascade(first, second);
    }

    private static int[] Answers(ITransformer model, IDataView rows)
        => [.. model.Transform(rows).GetColumn<uint>("PredictedLabel").Select(key => (int)key - 1)];
}
