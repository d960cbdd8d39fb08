using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Scoring;

namespace AdaptiveInference.ML.Transforms.Tests.Scoring;

[TestClass]
public sealed class PlanSourceTests
{
    private readonly GatedResNetModel _model = TestModels.Model(TestModels.Spec());

    [TestMethod]
    public async Task Behind_SomethingStillRuns_BlocksAndCostAreThereAndThePlanIsWaitedFor()
    {
        var running = new TaskCompletionSource();
        var source = PlanSource.Behind(running.Task, _model);

        var scored = Task.Factory.StartNew(() => Score(source), TaskCreationOptions.LongRunning);

        Assert.AreSame(_model.Blocks, source.Blocks);
        Assert.AreEqual(new CostModel(_model.Blocks).Full, source.Cost.Full);
        Assert.IsFalse(scored.IsCompleted);

        running.SetResult();

        CollectionAssert.AreEqual(Score(PlanSource.Of(_model)), await scored);
    }

    [TestMethod]
    public void Behind_WhatRunsFails_CompilesAllTheSame()
    {
        var source = PlanSource.Behind(Task.FromException(new InvalidOperationException()), _model);

        CollectionAssert.AreEqual(Score(PlanSource.Of(_model)), Score(source));
    }

    [TestMethod]
    public void ReleaseScratch_StillCompiling_DoesNotWait()
    {
        var running = new TaskCompletionSource();
        var source = PlanSource.Behind(running.Task, _model);

        source.ReleaseScratch();
        running.SetResult();
        var plan = source.Plan;
        source.ReleaseScratch();

        Assert.AreSame(plan, source.Plan);
    }

    [TestMethod]
    public void Transformer_PlanStillCompiling_TellsItsBlocksAndColumns()
    {
        var context = new Microsoft.ML.MLContext(1);
        var running = new TaskCompletionSource();
        var rows = TestModels.Rows(10);
        var data = TestModels.View(context, rows);
        using var transformer = new GatedResNetTransformer(
            context, _model, TestModels.Columns, PlanSource.Behind(running.Task, _model));
        using var compiled = new GatedResNetTransformer(context, _model, TestModels.Columns);

        CollectionAssert.AreEqual(compiled.Blocks.ToArray(), transformer.Blocks.ToArray());
        Assert.AreEqual(compiled.FullMacs, transformer.FullMacs);
        Assert.AreEqual(compiled.GetOutputSchema(data.Schema).Count, transformer.GetOutputSchema(data.Schema).Count);
        var scored = transformer.Transform(data);
        running.SetResult();

        CollectionAssert.AreEqual(
            TestModels.Read(context, compiled.Transform(data)).ConvertAll(row => row.Bits()),
            TestModels.Read(context, scored).ConvertAll(row => row.Bits()));
    }

    private float[] Score(PlanSource source)
    {
        var result = new ScoreResult(_model.Classes.Count, _model.Blocks.Blocks.Count);
        RowScorer.Run(source.Plan, ScoringPolicy.Default, TestModels.Rows(1)[0].Features, result);
        return result.Probabilities;
    }
}
