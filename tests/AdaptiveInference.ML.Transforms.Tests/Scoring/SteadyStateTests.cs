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
        var allocated = new List<long>();
        var kept = new List<long>();
        for (var round = 0; round < 5; round++)
        {
            var (before, live) = (GC.GetAllocatedBytesForCurrentThread(), GC.GetTotalMemory(forceFullCollection: true));
            Predict(engine, rows, prediction, 20_000);
            allocated.Add(GC.GetAllocatedBytesForCurrentThread() - before);
            kept.Add(GC.GetTotalMemory(forceFullCollection: true) - live);
        }

        // What predictions leave behind they leave in every round. The runtime and other threads of the process allocate as well, when a
        // method is compiled again or the garbage collector empties a pool: in one round or the other, as the machine has time for it.
        Assert.IsLessThan(20_000L, allocated.Min(), string.Join(", ", allocated));
        Assert.IsLessThan(20_000L, kept.Min(), string.Join(", ", kept));
    }

    private static void Predict(
        PredictionEngine<VectorRow, ScoredVectorRow> engine, List<VectorRow> rows, ScoredVectorRow prediction, int count)
    {
        for (var i = 0; i < count; i++)
        {
            engine.Predict(rows[i % rows.Count], ref prediction);
        }
    }
}
