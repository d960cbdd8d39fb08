using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Model;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Tests;

[TestClass]
public sealed class ValidationGroupTests
{
    private static readonly ResNetTrainer.Options Options = new()
    {
        Architecture = ResNetArchitecture.Cifar(8), Epochs = 1, BatchSize = 16, Seed = 1, ValidationFraction = 0.2f,
    };

    private readonly MLContext _context = new(1);

    [TestMethod]
    public void Bind_KeysTextsAndNumbers_NumberGroupsAsTheyCome()
    {
        var data = _context.Data.LoadFromEnumerable<Row>(
            [new("b", 7, 2), new("a", float.NaN, 1), new("b", 7, 2), new("", float.NaN, 1), new("", -1, 3)]);
        data = _context.Transforms.Conversion.MapValueToKey("Key", "Text").Fit(data).Transform(data);

        // A missing value is a group by itself; a key of a text without letters is one like any other.
        CollectionAssert.AreEqual((int[])[0, 1, 0, 2, 3], Groups("Text"));
        CollectionAssert.AreEqual((int[])[0, 1, 0, 2, 3], Groups("Number"));
        CollectionAssert.AreEqual((int[])[0, 1, 0, 1, 2], Groups("Whole"));
        CollectionAssert.AreEqual(Groups("Text")[..3], Groups("Key")[..3]);

        int[] Groups(string name)
        {
            using var cursor = data.GetRowCursor(data.Schema);
            var group = GroupColumn.Of(data.Schema, name, ColumnRole.ValidationGroup).Bind(cursor);
            var groups = new List<int>();
            while (cursor.MoveNext())
            {
                groups.Add(group());
            }

            return [.. groups];
        }
    }

    [TestMethod]
    public void Fit_OneGroupOfAllRows_Throws()
        => AssertThrows<ArgumentException>(
            "Validation group column 'Group' must have at least two groups, and all 30 rows are of one. Choose another column, give a "
            + "ValidationSet, or leave ValidationGroupColumnName out.",
            "Group", _ => "the same");

    [TestMethod]
    public void Fit_GroupColumnMissing_Throws()
        => AssertThrows<ArgumentOutOfRangeException>("Could not find validation group column 'Object'", "Object", row => $"{row % 10}");

    [TestMethod]
    public void Fit_GroupColumnOfAVector_Throws()
        => AssertThrows<ArgumentOutOfRangeException>(
            "Schema mismatch for validation group column 'Features': expected key, text or number, got Vector<Single>", "Features",
            row => $"{row % 10}");

    [TestMethod]
    public void Fit_Groups_HoldsOutWholeOnes()
    {
        // Two groups of 15. A fifth of 30 images is six, which would leave 24 in three batches of eight.
        var reports = new List<TrainingProgress>();
        var options = Options with { ValidationGroupColumnName = "Group", BatchSize = 8, Progress = new ProgressCallback(reports.Add) };

        Trainers.Create(_context, options).Fit(Data(row => $"{row / 15}")).Dispose();

        Assert.AreEqual(2, reports[^1].Batches);
    }

    [TestMethod]
    public void Create_GroupsAndAValidationSet_Throws()
        => AssertOptions(
            "ResNetTrainer.Options: ValidationGroupColumnName splits the training data, and ValidationSet takes that place. Leave one of "
            + "the two out.",
            Options with { ValidationGroupColumnName = "Group", ValidationSet = Data(row => $"{row}") });

    [TestMethod]
    public void Create_GroupsAndNothingHeldOut_Throws()
        => AssertOptions(
            "ResNetTrainer.Options: ValidationGroupColumnName needs something to hold out. Set ValidationFraction to more than 0, or leave "
            + "the column out.",
            Options with { ValidationGroupColumnName = "Group", ValidationFraction = 0 });

    [TestMethod]
    public void Create_GroupsOfNoName_Throws()
        => AssertOptions(
            "ResNetTrainer.Options: ValidationGroupColumnName must name a column or be null, got ' '.",
            Options with { ValidationGroupColumnName = " " });

    [TestMethod]
    public void Create_FineTuningThatCannotBe_SaysWhy()
    {
        AssertOptions(
            "ResNetTrainer.Options: FineTuning goes on from the weights of a trained network. Set InitialModel, or leave FineTuning "
            + "out.",
            Options with { FineTuning = new FineTuningOptions() });
        using var model = Trainers.Create(_context, Options).Fit(Data(row => $"{row}"));
        AssertOptions(
            "ResNetTrainer.Options: FineTuning.FrozenStages must be from 0 to 3, the stages of ResNet-8 (CIFAR), got 4.",
            Options with { InitialModel = model, FineTuning = new FineTuningOptions { FrozenStages = 4 } });
        AssertOptions(
            "ResNetTrainer.Options has 3 faults: FineTuning.FrozenStages must be at least 0, got -1. FineTuning.BackboneRate must be a "
            + "finite number above 0, got 0. FineTuning.EpochsPerStage must be at least 0, got -2.",
            Options with
            {
                InitialModel = model, FineTuning = new FineTuningOptions { FrozenStages = -1, BackboneRate = 0, EpochsPerStage = -2 },
            });
        AssertOptions(
            "ResNetTrainer.Options: BlockDropRate must be 0 where FineTuning keeps blocks as they are, got 0.5.",
            Options with { InitialModel = model, BlockDropRate = 0.5f, FineTuning = new FineTuningOptions() });
    }

    private static void AssertOptions(string message, GatedResNetTrainerOptions options)
        => Assert.AreEqual(message, Assert.ThrowsExactly<ArgumentException>(() => Trainers.Create(new MLContext(), options)).Message);

    private void AssertThrows<T>(string message, string column, Func<int, string> group)
        where T : Exception
    {
        var trainer = Trainers.Create(_context, Options with { ValidationGroupColumnName = column });
        StringAssert.StartsWith(Assert.ThrowsExactly<T>(() => trainer.Fit(Data(group))).Message, message);
    }

    private IDataView Data(Func<int, string> group)
    {
        var rows = SyntheticImages.Rows(30)
            .Select((row, number) => new Grouped { Label = row.Label, Features = row.Features, Group = group(number) });
        var data = _context.Data.LoadFromEnumerable(rows);
        return _context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
    }

    private sealed record Row(string Text, float Number, int Whole)
    {
        public Row()
            : this("", 0, 0)
        {
        }
    }

    private sealed class Grouped
    {
        public string Label { get; set; } = "";

        [VectorType(1, SyntheticImages.Side, SyntheticImages.Side)]
        public float[] Features { get; set; } = [];

        public string Group { get; set; } = "";
    }
}
