using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Tests.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Tests.Cascade;

/// <summary>What makes a cascade and what does not, and the columns that it has.</summary>
[TestClass]
public sealed class CascadeMakingTests
{
    private readonly MLContext _context = new(1);
    private readonly CascadeModels _models;

    public CascadeMakingTests() => _models = new CascadeModels(_context);

    [TestMethod]
    public void Cascade_FirstThatRefusesNothing_SaysWhatToDo()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(
            () => _context.MulticlassClassification.Cascade(_models.Network(), _models.Network()));

        StringAssert.StartsWith(
            error.Message, "The first model of a cascade must say of which answers it is sure enough. Call WithRefusal(calibrationData, ");
    }

    [TestMethod]
    public void Cascade_SecondOfSeveralRowsTogether_IsRefused()
    {
        var several = new TransformerChain<ITransformer>(new NotRowToRow());

        var error = Assert.ThrowsExactly<ArgumentException>(() => _context.MulticlassClassification.Cascade(_models.First(), several));

        StringAssert.StartsWith(error.Message, "The second model of a cascade must map rows one by one");
    }

    [TestMethod]
    public void Cascade_FirstThatAcceptsNothing_IsWarnedOf()
    {
        var warnings = new List<string>();
        _context.Log += (_, message) => warnings.Add(message.Message);
        var model = _models.Network().Model.With(guarantee: null, new RefusalGuarantee
        {
            Rows = 10, MaximumRisk = 0.1, Confidence = 0.9, RowsNeeded = 500,
        });
        var first = new GatedResNetTransformer(_context, model, TestModels.Columns with { Accepted = "Accepted" });

        var rows = _models.Read(_context.MulticlassClassification.Cascade(first, _models.Counting()).Transform(_models.Rows(5)));

        Assert.IsTrue(rows.All(row => row.Stage == 2));
        Assert.IsTrue(warnings.Any(line => line.Contains("The first model accepts no answer, so that", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Cascade_OptionsThatCannotBe_AreAllListed()
    {
        var options = new CascadeOptions { StageColumnName = "Score", SecondScoreColumnName = " ", SecondClassNames = ["a", "a"] };

        var error = Assert.ThrowsExactly<ArgumentException>(
            () => _context.MulticlassClassification.Cascade(_models.First(), _models.Counting(), options));

        Assert.AreEqual(
            "CascadeOptions has 3 faults: SecondScoreColumnName must name a column or be null, got ' '. StageColumnName must not be "
            + "'Score', which is the name of another column that is needed. Choose another. SecondClassNames must be different names, got "
            + "'a' twice.",
            error.Message);
    }

    [TestMethod]
    public void Cascade_NetworkWithoutAClass_IsRefusedAtOnce()
    {
        var spec = TestModels.Spec() with { Classes = 3 };
        var second = _models.Network(ClassLabels.OfNames(["bag", "coat", "shoe"]), spec);

        var error = Assert.ThrowsExactly<ArgumentException>(() => _context.MulticlassClassification.Cascade(_models.First(), second));
        var within = Assert.ThrowsExactly<ArgumentException>(
            () => _context.MulticlassClassification.Cascade(_models.First(), new TransformerChain<ITransformer>(second)));

        Assert.AreEqual(
            "Both models of a cascade must have the same classes by name, in any order. The second lacks: boot, dress. Only the second "
            + "has: shoe. Train both on the same labels, or name the second model's scores in CascadeOptions.SecondClassNames.",
            error.Message);
        Assert.AreEqual(error.Message, within.Message);
    }

    [TestMethod]
    public void GetOutputSchema_AnotherModelsClasses_AreCompared()
    {
        var lacking = _context.MulticlassClassification.Cascade(_models.First(), _models.Counting(["bag", "boot", "coat"]));
        var additional = _context.MulticlassClassification.Cascade(_models.First(), _models.Counting([.. TestModels.Names, "shoe"]));
        var twice = _context.MulticlassClassification.Cascade(_models.First(), _models.Counting(["bag", "bag", "boot", "coat"]));

        StringAssert.Contains(Message(lacking), " The second lacks: dress. Train ");
        StringAssert.Contains(Message(additional), "in any order. Only the second has: shoe. Train ");
        StringAssert.Contains(Message(twice), "has class 'bag' twice");
    }

    [TestMethod]
    public void GetOutputSchema_ScoresWithoutNames_AreRefusedUntilTheyAreNamed()
    {
        var nameless = Nameless();
        var (first, names) = (_models.First(2f), new CascadeOptions { SecondClassNames = ["dress", "coat", "boot", "bag"] });

        var refused = Message(_context.MulticlassClassification.Cascade(first, nameless));
        var rows = _models.Read(_context.MulticlassClassification.Cascade(first, nameless, names).Transform(_models.Rows(8)));
        var few = Assert.ThrowsExactly<ArgumentException>(() => _context.MulticlassClassification.Cascade(
            first, nameless, new CascadeOptions { SecondClassNames = ["bag"] }));

        StringAssert.Contains(refused, "do not say of which classes they are");
        StringAssert.Contains(refused, "CascadeOptions.SecondClassNames");
        StringAssert.Contains(few.Message, "The second lacks: boot, coat, dress.");
        Assert.IsTrue(rows.All(row => row.PredictedLabel == 4 - (row.Id % 4)));
    }

    [TestMethod]
    public void GetOutputSchema_NumbersOnBothSides_AreTheOrder()
    {
        var numbers = ClassLabels.Create(typeof(uint), ["0", "1", "2", "3"], valueType: null, texts: null);

        var rows = _models.Read(
            _context.MulticlassClassification.Cascade(_models.First(2f, numbers), Nameless()).Transform(_models.Rows(8)));

        Assert.IsTrue(rows.All(row => row.PredictedLabel == (row.Id % 4) + 1));
    }

    [TestMethod]
    public void GetOutputSchema_NamesOnThePredictedLabelAlone_AreTaken()
    {
        string[] order = ["coat", "dress", "bag", "boot"];
        var keys = _context.Data.LoadFromEnumerable(order.Select(name => new Named { Name = name }));
        var second = Nameless().Append(_context.Transforms.Conversion.MapValueToKey("PredictedLabel", "Label", keyData: keys)
            .Fit(_models.Rows(8)));

        var rows = _models.Read(_context.MulticlassClassification.Cascade(_models.First(2f), second).Transform(_models.Rows(8)));

        Assert.IsTrue(rows.All(row => TestModels.Names[row.PredictedLabel - 1] == order[row.Id % 4]));
    }

    [TestMethod]
    public void GetOutputSchema_SecondWithoutScores_SaysWhichColumn()
    {
        var copy = _context.Transforms.CopyColumns("Other", "Id").Fit(_models.Rows(1));
        var renamed = _models.Counting(column: "Logits");
        var first = _models.First(2f);

        var missing = Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => _context.MulticlassClassification.Cascade(first, copy).GetOutputSchema(_models.Rows(1).Schema));
        var other = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.MulticlassClassification.Cascade(
            first, copy, new CascadeOptions { SecondScoreColumnName = "Other" }).GetOutputSchema(_models.Rows(1).Schema));
        var named = _context.MulticlassClassification.Cascade(
            first, renamed, new CascadeOptions { SecondScoreColumnName = "Logits" });

        StringAssert.Contains(
            missing.Message, "Could not find score column 'Score' among the columns that the second model of the cascade makes (Other).");
        StringAssert.Contains(
            other.Message, "Schema mismatch for score column 'Other': expected Vector<Single> of known size, got Int32");
        Assert.HasCount(4, _models.Read(named.Transform(_models.Rows(4))));
    }

    [TestMethod]
    public void GetOutputSchema_ScoresOfAModelBefore_AreNotTakenForTheSeconds()
    {
        var scored = _models.Network().Transform(_models.Rows(4));
        var copy = _context.Transforms.CopyColumns("Other", "Id").Fit(scored);

        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => _context.MulticlassClassification.Cascade(_models.First(), copy).Transform(scored));

        StringAssert.Contains(error.Message, "Could not find score column 'Score' among");
    }

    [TestMethod]
    public void GetOutputSchema_SecondWithoutItsInput_IsMlNetsOwnSentence()
    {
        var second = _models.Network(columns: TestModels.Columns with { Features = "Larger" });

        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => _context.MulticlassClassification.Cascade(_models.First(), second).GetOutputSchema(_models.Rows(1).Schema));

        StringAssert.Contains(error.Message, "Could not find feature column 'Larger'");
    }

    [TestMethod]
    public void GetOutputSchema_SecondNetwork_HasOneModelsColumnsAndTheStage()
    {
        var (first, second, data) = (_models.First(), _models.Network(), _models.Rows(3));

        var cascade = _context.MulticlassClassification.Cascade(first, second);
        var (schema, own) = (cascade.GetOutputSchema(data.Schema), first.GetOutputSchema(data.Schema));

        CollectionAssert.AreEqual(
            new[] { "Id", "Label", "Features", "Score", "PredictedLabel", "ExecutionPath", "ComputeFraction", "Stage" },
            schema.Select(column => column.Name).ToArray());
        foreach (var name in new[] { "Score", "PredictedLabel" })
        {
            Assert.AreEqual(own[name].Type, schema[name].Type);
            CollectionAssert.AreEqual(
                own[name].Annotations.Schema.Select(kind => kind.Name).ToArray(),
                schema[name].Annotations.Schema.Select(kind => kind.Name).ToArray());
        }

        Assert.AreEqual(NumberDataViewType.Int32, schema["Stage"].Type);
        VBuffer<ReadOnlyMemory<char>> slots = default;
        schema["ExecutionPath"].Annotations.GetValue("SlotNames", ref slots);
        var blocks = first.Blocks.Select(block => block.Name).Concat(second.Blocks.Select(block => "second." + block.Name)).ToArray();
        CollectionAssert.AreEqual(blocks, slots.DenseValues().Select(slot => slot.ToString()).ToArray());
        long macs = 0;
        schema["ComputeFraction"].Annotations.GetValue("FullMacs", ref macs);
        Assert.AreEqual(second.FullMacs, macs);
        Assert.IsTrue(schema.SequenceEqual(cascade.Transform(data).Schema, new ByNameAndType()));
    }

    [TestMethod]
    public void GetOutputSchema_AnotherModel_LeavesOutWhatItDoesNotSay()
    {
        var first = _models.First();

        var schema = _context.MulticlassClassification.Cascade(first, _models.Counting(), new CascadeOptions { StageColumnName = "By" })
            .GetOutputSchema(_models.Rows(3).Schema);

        Assert.IsNull(schema.GetColumnOrNull("Accepted"));
        Assert.AreEqual(first.Blocks.Count, ((VectorDataViewType)schema["ExecutionPath"].Type).Size);
        Assert.AreEqual("By", schema[^1].Name);
        long macs = 0;
        schema["ComputeFraction"].Annotations.GetValue("FullMacs", ref macs);
        Assert.AreEqual(first.FullMacs, macs);
    }

    [TestMethod]
    public void AdaptiveNetwork_OfACascade_AsksWhich()
    {
        var cascade = _context.MulticlassClassification.Cascade(_models.First(), _models.Counting());

        foreach (var model in new ITransformer[] { cascade, new TransformerChain<ITransformer>(_models.Network(), cascade) })
        {
            StringAssert.StartsWith(
                Assert.ThrowsExactly<ArgumentException>(() => model.AdaptiveNetwork()).Message,
                "This model has a cascade, which is of two models, and which one is meant is not said. Take First or Second of the ");
        }

        Assert.AreSame(cascade.First, cascade.First.AdaptiveNetwork());
    }

    [TestMethod]
    public void ConvertToOnnx_Cascade_IsRefusedWithWhatToDo()
    {
        var cascade = _context.MulticlassClassification.Cascade(_models.First(), _models.Network());
        using var file = new MemoryStream();

        var error = Assert.ThrowsExactly<NotSupportedException>(() => _context.Model.ConvertToOnnx(cascade, _models.Rows(3), file));

        StringAssert.StartsWith(error.Message, "ConvertToOnnx cannot convert a cascade");
        Assert.AreEqual(0, file.Length);
    }

    /// <summary>A model whose scores do not say of which classes they are.</summary>
    private TransformerChain<ITransformer> Nameless()
    {
        var made = SchemaDefinition.Create(typeof(CascadeModels.Answers));
        made["Score"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 4);
        return new TransformerChain<ITransformer>(_context.Transforms.CustomMapping<CascadeModels.Asked, CascadeModels.Answers>(
            (row, answers) => answers.Score = CascadeModels.Scores(row.Id, 4), null, outputSchemaDefinition: made).Fit(_models.Rows(1)));
    }

    private string Message(CascadeTransformer cascade)
        => Assert.ThrowsExactly<ArgumentException>(() => cascade.GetOutputSchema(_models.Rows(1).Schema)).Message;

    private sealed class ByNameAndType : IEqualityComparer<DataViewSchema.Column>
    {
        public bool Equals(DataViewSchema.Column x, DataViewSchema.Column y) => x.Name == y.Name && x.Type.Equals(y.Type);

        public int GetHashCode(DataViewSchema.Column obj) => obj.Name.GetHashCode(StringComparison.Ordinal);
    }

    private sealed class Named
    {
        public string Name { get; set; } = "";
    }

    private sealed class NotRowToRow : ITransformer
    {
        public bool IsRowToRowMapper => false;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => inputSchema;

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => throw new NotSupportedException();

        public IDataView Transform(IDataView input) => input;

        void ICanSaveModel.Save(ModelSaveContext ctx) => throw new NotSupportedException();
    }
}
