using AdaptiveInference.ML.Transforms.Tests.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Tests.Cascade;

/// <summary>Options of a cascade that would make something else of it than was meant, and what it says of itself.</summary>
[TestClass]
public sealed class CascadeOptionsTests
{
    private readonly MLContext _context = new(1);
    private readonly CascadeModels _models;

    public CascadeOptionsTests() => _models = new CascadeModels(_context);

    [TestMethod]
    public void Cascade_TheSameNetworkTwice_IsRefused()
    {
        var first = _models.First();
        foreach (var second in (ITransformer[])[
            first, first.WithExitConfidence(first.ExitConfidences[0]), new TransformerChain<ITransformer>(first)])
        {
            StringAssert.StartsWith(
                Assert.ThrowsExactly<ArgumentException>(() => Cascade(first, second)).Message,
                "The second model of a cascade is the first one once more, at the same setting, and would repeat the answers");
        }

        // The same weights otherwise are another model.
        Assert.IsNotNull(Cascade(first, first.WithExitConfidence(0.123f)));
        Assert.IsNotNull(Cascade(first, first.WithGateThreshold(0)));
        Assert.IsNotNull(Cascade(first, first.WithImageShape(new ImageShape(1, 16, 16))));
    }

    [TestMethod]
    public void Cascade_StageNamedAsTheLabel_IsRefused()
        => StringAssert.StartsWith(
            Assert.ThrowsExactly<ArgumentException>(
                () => Cascade(_models.First(), _models.Network(), new CascadeOptions { StageColumnName = "Label" })).Message,
            "CascadeOptions: StageColumnName must not be 'Label', which is the name of another column that is needed.");

    [TestMethod]
    public void Transform_StageThatHidesAnotherColumn_IsRefused()
    {
        var data = _context.Transforms.CopyColumns("Truth", "Label").Fit(_models.Rows(3)).Transform(_models.Rows(3));
        var cascade = Cascade(_models.First(), _models.Network(), new CascadeOptions { StageColumnName = "Truth" });

        var error = Assert.ThrowsExactly<ArgumentException>(() => cascade.Transform(data));

        Assert.AreEqual(
            "The data has a column 'Truth' of type String, which the column of the stage would hide. Choose another name in "
            + "CascadeOptions.StageColumnName.",
            error.Message);

        // Rows that a cascade has scored may be scored again.
        var again = Cascade(_models.First(), _models.Network());
        Assert.HasCount(3, _models.Read(again.Transform(again.Transform(_models.Rows(3)))));
    }

    [TestMethod]
    public void Cascade_ScoresOfASecondNetwork_AreCheckedAtOnce()
    {
        foreach (var name in (string[])["Logits", "ExecutionPath"])
        {
            Assert.AreEqual(
                $"CascadeOptions: SecondScoreColumnName must be 'Score', the second model's column of scores, or null, got '{name}'.",
                Assert.ThrowsExactly<ArgumentException>(() => Cascade(
                    _models.First(), _models.Network(), new CascadeOptions { SecondScoreColumnName = name })).Message);
        }

        Assert.IsNotNull(Cascade(_models.First(), _models.Network(), new CascadeOptions { SecondScoreColumnName = "Score" }));
    }

    [TestMethod]
    public void GetOutputSchema_BlocksForScores_AreNotTakenForClasses()
    {
        var second = new TransformerChain<ITransformer>(_models.Network());
        var options = new CascadeOptions { SecondScoreColumnName = "ExecutionPath" };

        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => Cascade(_models.First(), second, options).GetOutputSchema(_models.Rows(1).Schema));

        StringAssert.StartsWith(
            error.Message,
            "Schema mismatch for score column 'ExecutionPath': expected scores of classes, got the path of blocks that ran");
    }

    [TestMethod]
    public void GetOutputSchema_ScoresThatAreNotThere_NamesWhatIs()
    {
        var cascade = Cascade(_models.First(), _models.Counting(), new CascadeOptions { SecondScoreColumnName = "Logits" });

        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => cascade.GetOutputSchema(_models.Rows(1).Schema));

        StringAssert.StartsWith(
            error.Message,
            "Could not find score column 'Logits' among the columns that the second model of the cascade makes (Score). Name it in "
            + "CascadeOptions.SecondScoreColumnName");
    }

    [TestMethod]
    public void Cascade_NamesInAnotherOrderThanTheSecondsOwn_AreRefused()
    {
        var turned = new CascadeOptions { SecondClassNames = [.. TestModels.Names.Reverse()] };
        const string Sentence = "SecondClassNames must have the order of the second model's scores, which name their classes themselves "
            + "(bag, boot, coat, dress): got 'dress' in the place of 'bag'. Leave SecondClassNames out: classes are matched by name.";
        var first = _models.First();

        var network = Assert.ThrowsExactly<ArgumentException>(() => Cascade(first, _models.Network(), turned));
        var other = Assert.ThrowsExactly<ArgumentException>(
            () => Cascade(first, _models.Counting(), turned).GetOutputSchema(_models.Rows(1).Schema));

        Assert.AreEqual(Sentence, network.Message);
        Assert.AreEqual(Sentence, other.Message);
        Assert.IsNotNull(Cascade(first, _models.Network(), new CascadeOptions { SecondClassNames = TestModels.Names }));
    }

    [TestMethod]
    public void Cascade_OtherNamesForTheSecondsClasses_AreTranslations()
    {
        var second = _models.Counting(["Tasche", "Stiefel", "Mantel", "Kleid"]);
        var options = new CascadeOptions { SecondClassNames = TestModels.Names };

        var rows = _models.Read(Cascade(_models.First(2f), second, options).Transform(_models.Rows(8)));

        Assert.IsTrue(rows.All(row => row.PredictedLabel == (row.Id % 4) + 1));
    }

    [TestMethod]
    public void Transform_SecondModelThatEndedWithTheCascade_SaysWhoEndedIt()
    {
        // As ONNX Runtime does after its session has ended.
        var ended = false;
        var second = _models.Counting(alter: (_, _) => _ = ended ? throw new NullReferenceException() : 0);
        var cascade = Cascade(_models.First(2f), second);
        var scored = cascade.Transform(_models.Rows(3));
        Assert.HasCount(3, _models.Read(scored));
        ended = true;
        Assert.ThrowsExactly<NullReferenceException>(() => _models.Read(scored));

        cascade.Dispose();

        StringAssert.Contains(
            Assert.ThrowsExactly<ObjectDisposedException>(() => _models.Read(scored)).Message,
            "The cascade was disposed, and its second model with it. A PredictionEngine disposes its model at its own end: create it with "
            + "PredictionEngineOptions whose OwnsTransformer is false");
        Assert.HasCount(3, _models.Read(Cascade(_models.First(2f), _models.Network()).Transform(_models.Rows(3))));
    }

    [TestMethod]
    public void GetOutputSchema_SecondThatRepeatsAStep_SaysWhichModelAndWhatToTake()
    {
        var rows = _models.Rows(8);
        var keys = _context.Transforms.Conversion.MapValueToKey("Label").Fit(rows);
        var pipeline = new TransformerChain<ITransformer>(keys, _models.Network());

        var error = Assert.ThrowsExactly<InvalidOperationException>(
            () => Cascade(_models.First(), pipeline).GetOutputSchema(keys.Transform(rows).Schema));

        StringAssert.StartsWith(
            error.Message, "The second model of the cascade cannot read the columns that the cascade is given: Could not ");
        StringAssert.EndsWith(error.Message, "such as MapValueToKey: AdaptiveNetwork() takes the network out of a pipeline.");
        Assert.IsNotNull(Cascade(_models.First(), pipeline.AdaptiveNetwork()).GetOutputSchema(keys.Transform(rows).Schema));
    }

    [TestMethod]
    public void ToString_TwoNetworks_SaysBothWhatIsAcceptedAndWhatIsPromised()
    {
        var (first, second) = (_models.First(), _models.Network());

        var lines = Cascade(first, second, new CascadeOptions { StageColumnName = "By" }).ToString().Split(Environment.NewLine);

        string[] expected =
        [
            "Cascade of two models; the column 'By' says which one has answered.",
            "First, which sees every image:",
            .. first.ToString().Split(Environment.NewLine),
            "Second, which answers what the first one refuses:",
            .. second.ToString().Split(Environment.NewLine),
            "Nothing is promised of the answers that the second model gives.",
        ];
        CollectionAssert.AreEqual(expected, lines);
        Assert.IsTrue(lines.Any(line => line.StartsWith("Certified: at most 10 % of the accepted answers", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void ToString_OtherSecondModels_SaysWhatTheyAre()
    {
        var chain = Cascade(_models.First(), new TransformerChain<ITransformer>(_models.Refusing(_models.Network()))).ToString();
        var other = Cascade(_models.First(), _models.Counting()).ToString();

        StringAssert.Contains(
            chain, $"  a model, a chain of GatedResNetTransformer, with{Environment.NewLine}SkipNet over ResNet-14 (CIFAR), images");
        StringAssert.EndsWith(chain, "holds for rows like those that it was certified by: certify it by rows that the first refuses.");
        StringAssert.Contains(other, "  a model, of type CustomMappingTransformer");
        StringAssert.EndsWith(other, "Nothing is promised of the answers that the second model gives.");
    }

    private CascadeTransformer Cascade(GatedResNetTransformer first, ITransformer second, CascadeOptions? options = null)
        => _context.MulticlassClassification.Cascade(first, second, options);
}
