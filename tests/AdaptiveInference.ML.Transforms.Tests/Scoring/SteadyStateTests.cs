using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Tests.Scoring;

/// <summary>What a service that runs for weeks needs: predictions leave nothing behind.</summary>
[TestClass]
public sealed class SteadyStateTests
{
    private const int Side = 8;

    [TestMethod]
    public void PredictionEngine_HundredThousandPredictions_AllocateNothingOfTheirOwn()
    {
        var context = new MLContext(1);
        var spec = TestModels.Spec() with { Architecture = ResNetArchitecture.Cifar(8), Image = new ImageShape(1, Side, Side) };
        var schema = SchemaDefinition.Create(typeof(VectorRow));
        schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, Side * Side);
        using var engine = context.Model.CreatePredictionEngine<VectorRow, ScoredVectorRow>(
            TestModels.Transformer(spec, context), inputSchemaDefinition: schema);
        var rows = TestModels.Rows(10, Side * Side);
        var prediction = new ScoredVectorRow();
        Predict(engine, rows, prediction, 2_000);
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var live = GC.GetTotalMemory(forceFullCollection: true);

        Predict(engine, rows, prediction, 100_000);

        var perCall = (GC.GetAllocatedBytesForCurrentThread() - allocated) / 100_000.0;
        Assert.IsLessThan(1.0, perCall);
        Assert.IsLessThan(100_000L, GC.GetTotalMemory(forceFullCollection: true) - live);
    }

    private static void Predict(PredictionEngine<VectorRow, ScoredVectorRow> engine, List<VectorRow> rows, ScoredVectorRow prediction, int count)
    {
        for (var i = 0; i < count; i++)
        {
            engine.Predict(rows[i % rows.Count], ref prediction);
        }
    }
}
