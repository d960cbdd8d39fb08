using AdaptiveInference.ML.Transforms.Tests.Scoring;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace AdaptiveInference.ML.Transforms.Tests.ExitHeads;

/// <summary>What <see cref="ExitHeadsTrainer"/> says of data and options that are not as they should be.</summary>
[TestClass]
public sealed class ExitHeadsMessagesTests
{
    private readonly MLContext _context = new(1);
    private readonly List<string> _warnings = [];

    public ExitHeadsMessagesTests() => _context.Log += (_, entry) =>
    {
        if (entry.Kind == ChannelMessageKind.Warning)
        {
            _warnings.Add(entry.RawMessage);
        }
    };

    [TestMethod]
    public void Fit_NoRowsToMakeAKeyOf_SaysSo()
    {
        var unlabelled = TestModels.Rows(4);
        unlabelled.ForEach(row => row.Label = "");

        Assert.AreEqual("The training data has no rows.", Refusal(() => Trainer().Fit(Keyed([]))));
        Assert.AreEqual(
            "The training data has no rows to train on: the label is missing in all 4 of them.",
            Refusal(() => Trainer().Fit(Keyed(unlabelled))));
    }

    [TestMethod]
    public void Fit_OneImageOfEachClass_SaysThatTwoAreNeeded()
        => Assert.AreEqual(
            "No image can judge the heads: at least two images of each class are needed, one to judge and one to learn from. Give more "
            + "images, or a ValidationSet.",
            Refusal(() => Trainer().Fit(Keyed(TestModels.Rows(4)))));

    [TestMethod]
    public void Fit_OneImageOfOneClass_NamesIt()
    {
        Trainer().Fit(Keyed([.. TestModels.Rows(40).Where(row => row.Label != "boot" || row.Id == 1)]));

        CollectionAssert.AreEqual(
            (string[])
            [
                "No image of boot has a say in penalties and confidences: at least two images of each class are needed, one to judge and "
                    + "one to learn from.",
            ],
            _warnings);
    }

    [TestMethod]
    public void Fit_OneGroupOfOneClass_NamesClassAndColumn()
    {
        var rows = TestModels.Rows(40);
        rows.ForEach(row => row.Id = row.Label == "boot" ? 1 : row.Id);

        Trainer(options => options with { ValidationGroupColumnName = "Id" }).Fit(Keyed(rows));

        CollectionAssert.AreEqual(
            (string[])
            [
                "No image of boot has a say in penalties and confidences: all images of such a class belong together by column 'Id', so "
                    + "that it cannot be held out and learnt at once.",
            ],
            _warnings);
    }

    [TestMethod]
    public void Fit_ValidationSetThatLacksAClassAndHasAnother_NamesBoth()
    {
        var (training, validation) = (TestModels.Rows(40), TestModels.Rows(20));
        validation.RemoveAll(row => row.Label == "boot");
        validation.Where(row => row.Label == "bag").ToList().ForEach(row => row.Label = "hat");

        Trainer(options => options with { ValidationSet = Keyed(validation) }).Fit(Keyed(training));

        CollectionAssert.AreEqual(
            (string[])
            [
                "Left out 5 rows of the validation set, of classes that the training data does not have: hat.",
                "No image of bag, boot has a say in penalties and confidences: the validation set has none. Give it some.",
            ],
            _warnings);
    }

    [TestMethod]
    public void Fit_ValidationSetWithoutRows_SaysSo()
        => Assert.AreEqual(
            "There are no rows with a label in column 'Label' of the validation set. Give it some.",
            Refusal(() => Trainer(options => options with { ValidationSet = Keyed([]) }).Fit(Keyed(TestModels.Rows(40)))));

    [TestMethod]
    public void Fit_ClassOfTheKeyWithoutRows_IsNamed()
    {
        var rows = TestModels.Rows(40);
        var mapping = _context.Transforms.Conversion.MapValueToKey("Label").Fit(TestModels.View(_context, rows));
        var some = mapping.Transform(TestModels.View(_context, [.. rows.Where(row => row.Label != "coat")]));

        Trainer(options => options with { ValidationSet = mapping.Transform(TestModels.View(_context, rows)) }).Fit(some);

        CollectionAssert.AreEqual(
            (string[])
            [
                "No row of the training data is of class coat, which the label's key counts among its classes: the model cannot learn to "
                    + "answer so. Give rows of all classes, or fit MapValueToKey on the training data alone.",
                "Images of coat in the validation set have no say in penalties and confidences: the training data has none to learn from.",
            ],
            _warnings);
    }

    [TestMethod]
    public void Create_ColumnNames_AreChecked()
    {
        var message = Refusal(() => Trainer(options => options with
        {
            LabelColumnName = " ", FeatureColumnName = "", ExecutionPathColumnName = "", ComputeFractionColumnName = "",
            ValidationGroupColumnName = "", PredictedLabelColumnName = null!,
        }));

        Assert.AreEqual(
            "ExitHeadsTrainer.Options has 6 faults: LabelColumnName must name a column, got ' '. FeatureColumnName must name a "
            + "column, got ''. "
            + "PredictedLabelColumnName must name a column, got null. ExecutionPathColumnName must name a column or be null, got ''. "
            + "ComputeFractionColumnName must name a column or be null, got ''. ValidationGroupColumnName must name a column or be null, "
            + "got ''.",
            message);
        Assert.AreEqual(
            "ExitHeadsTrainer.Options: ScoreColumnName must not be 'Group', which holds the groups and would be hidden. Choose "
            + "another name.",
            Refusal(() => Trainer(options => options with { ScoreColumnName = "Group", ValidationGroupColumnName = "Group" })));
    }

    [TestMethod]
    public void Import_NameOfNull_IsRefusedAtOnce()
    {
        Assert.AreEqual(
            "featureColumnName", Assert.ThrowsExactly<ArgumentNullException>(() => _context.Model.PretrainedResNet18(null!)).ParamName);
        StringAssert.Contains(
            Refusal(() => _context.Model.ImportPyTorch(
                "none.safetensors", new PyTorchImportOptions { Architecture = ResNetArchitecture.Cifar(14), ScoreColumnName = null! })),
            "ScoreColumnName must not be empty.");
    }

    [TestMethod]
    public void Fit_ProgressThatThrowsWhileHeadsAreFitted_ThrowsItsException()
    {
        var thrown = new InvalidOperationException("from the user");
        var trainer = Trainer(options => options with { Progress = new Failing(thrown) });

        Assert.AreSame(thrown, Assert.ThrowsExactly<InvalidOperationException>(() => trainer.Fit(Keyed(TestModels.Rows(40)))));
    }

    [TestMethod]
    [DataRow(1f, false)]
    [DataRow(1 / 255f, true)]
    public void Fit_PixelsFromZeroToOneForANetworkOf255_Warns(float factor, bool warns)
    {
        var rows = TestModels.Rows(40);
        rows.ForEach(row => row.Features = [.. row.Features.Select(pixel => pixel * factor)]);

        Trainer().Fit(Keyed(rows));

        string[] expected =
        [
            "The pixels of the first images lie from 0 to 1, and the network is for pixels from 0 to 255, so that all pictures are "
            + "black to it. Multiply the pixels by 255.",
        ];
        CollectionAssert.AreEqual(warns ? expected : [], _warnings);
    }

    private static string Refusal(Action action) => Assert.ThrowsExactly<ArgumentException>(action).Message;

    private ExitHeadsTrainer Trainer(Func<ExitHeadsTrainer.Options, ExitHeadsTrainer.Options>? change = null)
    {
        var options = new ExitHeadsTrainer.Options { Head = HeadKind.Pooled, AfterBlocks = [1] };
        return _context.MulticlassClassification.Trainers.ExitHeads(
            TestModels.Transformer(TestModels.Spec(NetworkKind.ResNet)), change is null ? options : change(options));
    }

    private IDataView Keyed(List<VectorRow> rows)
    {
        var view = TestModels.View(_context, rows);
        return _context.Transforms.Conversion.MapValueToKey("Label").Fit(view).Transform(view);
    }

    private sealed class Failing(Exception error) : IProgress<ExitHeadsProgress>
    {
        public void Report(ExitHeadsProgress value)
        {
            if (value.HeadsFitted > 0)
            {
                throw error;
            }
        }
    }
}
