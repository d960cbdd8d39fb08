using AdaptiveInference.ML.Transforms.Tests.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

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

    [TestMethod]
    public void Evaluate_SecondWithScoresThatAreNotNumbers_CountsThemAsWrong()
    {
        // Of every four rows one has a NaN, one an infinite score at the class that it answers.
        var scored = Scored(
            _models.Counting(alter: (answers, id) => answers.Score[id % 4] = (id % 4) switch
            {
                0 => float.NaN,
                1 => float.PositiveInfinity,
                _ => answers.Score[id % 4],
            }),
            out var rows);
        var lost = rows.Count(row => row.Stage == 2 && row.Id % 4 == 0);

        var metrics = _context.MulticlassClassification.EvaluateAdaptive(scored, "Key");

        Assert.IsGreaterThan(3, lost);
        Assert.IsTrue(rows.Where(row => row.Stage == 2 && row.Id % 4 == 0).All(row => row.PredictedLabel == 0));
        var right = rows.Average(row => row.PredictedLabel == (row.Id % 4) + 1 ? 1.0 : 0);
        Assert.AreEqual(right, metrics.Classification.MicroAccuracy, 1e-9);
        Assert.AreEqual(60.0, metrics.Classification.ConfusionMatrix.Counts.Sum(counts => counts.Sum()));
        Assert.AreEqual(lost, metrics.RowsWithoutAnswer);
        StringAssert.Contains(metrics.ToString(), $"No answer       {lost}, with scores that are not numbers; they count as wrong\n");

        // ML.NET's own evaluator leaves them out.
        Assert.IsGreaterThan(right, _context.MulticlassClassification.Evaluate(scored, "Key").MicroAccuracy);
    }

    [TestMethod]
    public void Evaluate_AcceptedAnswerThatIsNotANumber_IsAtRisk()
    {
        // A network that accepts every answer, behind which the scores of the first class are spoilt.
        var second = new TransformerChain<ITransformer>(_models.Refusing(_models.Network(), threshold: 0f), Spoil());

        var metrics = _context.MulticlassClassification.EvaluateAdaptive(Scored(second, out var rows), "Key");

        Assert.AreEqual(1.0, metrics.Coverage!.Value);
        Assert.AreEqual(rows.Count(row => row.Stage == 2), metrics.RowsWithoutAnswer);
        Assert.AreEqual(rows.Average(row => row.PredictedLabel == (row.Id % 4) + 1 ? 0.0 : 1), metrics.Risk!.Value, 1e-9);
        Assert.AreEqual(1 - metrics.Classification.MicroAccuracy, metrics.Risk.Value, 1e-9);
    }

    [TestMethod]
    public void Evaluate_NoAnswers_HasNoInfluenceOnOthers()
    {
        var metrics = _context.MulticlassClassification.EvaluateAdaptive(Scored(_models.Network(), out _), "Key");

        Assert.AreEqual(0, metrics.RowsWithoutAnswer);
        Assert.IsFalse(metrics.ToString().Contains("No answer", StringComparison.Ordinal));
    }

    private ITransformer Spoil()
    {
        var made = SchemaDefinition.Create(typeof(CascadeModels.Answers));
        var names = TestModels.Names;
        (made["Score"].ColumnType, made["Score"].ColumnName) = (new VectorDataViewType(NumberDataViewType.Single, names.Length), "Score");
        made["Score"].AddAnnotation(
            "SlotNames", new VBuffer<ReadOnlyMemory<char>>(names.Length, [.. names.Select(name => name.AsMemory())]),
            new VectorDataViewType(TextDataViewType.Instance, names.Length));
        return _context.Transforms.CustomMapping<CascadeModels.Asked, CascadeModels.Answers>(
            (_, answers) => answers.Score = [float.NaN, 0, 0, 1], contractName: null, outputSchemaDefinition: made).Fit(_models.Rows(1));
    }

    private IDataView Scored(ITransformer second, out List<CascadedRow> rows)
    {
        var scored = _context.MulticlassClassification.Cascade(_models.First(), second).Transform(_models.Rows());
        rows = _models.Read(scored);
        return _context.Transforms.Conversion.MapValueToKey("Key", "Label").Fit(scored).Transform(scored);
    }
}
