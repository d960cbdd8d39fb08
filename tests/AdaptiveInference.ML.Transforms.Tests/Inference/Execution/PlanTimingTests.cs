using System.Diagnostics;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Tests.Scoring;

namespace AdaptiveInference.ML.Transforms.Tests.Inference.Execution;

[TestClass]
public sealed class PlanTimingTests
{
    [TestMethod]
    public void Median_ThreeRounds_IsTheMiddleOfEachPart()
    {
        // In microseconds; one disturbed round moves nothing.
        var table = PlanTiming.Median([Round(1, 10, 100), Round(900, 11, 102), Round(2, 9, 101)], [(true, true), (false, false)]);

        Assert.AreEqual(2, table.Stem, 1e-9);
        Assert.AreEqual(10, table.Blocks[0].Body, 1e-9);
        Assert.AreEqual(11, table.Blocks[0].Shortcut, 1e-9);
        Assert.AreEqual(12, table.Blocks[0].Gate, 1e-9);
        Assert.AreEqual(101, table.Blocks[1].Body, 1e-9);
        Assert.AreEqual(0, table.Blocks[1].Shortcut + table.Blocks[1].Gate, "What a block does not have costs nothing.");
        Assert.AreEqual(20, table.Exits[0], 1e-9);
        Assert.AreEqual(7, table.Head, 1e-9);
        Assert.AreEqual(2 + 10 + 11 + 101 + 7, table.Full, 1e-9);

        static PartTicks Round(int stem, int first, int second)
        {
            var ticks = new PartTicks(2, 1) { Stem = Of(stem), Head = Of(7) };
            (ticks.Bodies[0], ticks.Shortcuts[0], ticks.Gates[0]) = (Of(first), Of(first + 1), Of(first + 2));
            (ticks.Bodies[1], ticks.Shortcuts[1], ticks.Gates[1], ticks.Exits[0]) = (Of(second), 5, 5, Of(20));
            return ticks;
        }

        static long Of(int microseconds) => microseconds * (Stopwatch.Frequency / 1_000_000);
    }

    [TestMethod]
    [DataRow(NetworkKind.ResNet, false)]
    [DataRow(NetworkKind.SkipNet, true)]
    [DataRow(NetworkKind.ConvNetAig, false)]
    public void Measure_AnyNetwork_TimesWhatIsThereAndLeavesTheAnswersAsTheyWere(NetworkKind kind, bool averages)
    {
        var model = TestModels.Model(TestModels.Spec(kind) with
        {
            Exits = [new ExitSpec(1, HeadKind.Pooled)], AveragesHeads = averages,
        });
        var plan = InferencePlan.Compile(model.Blocks, model.Weights, model.Channels);
        var pixels = TestModels.Rows(3).Select(row => row.Features).ToList();
        var (before, after) = (Score(), Array.Empty<float>());

        var table = PlanTiming.Measure(plan, pixels);

        after = Score();
        CollectionAssert.AreEqual(before, after);
        Assert.IsTrue(table is { Stem: > 0, Head: > 0 } && table.Exits[0] > 0);
        foreach (var block in model.Blocks.Blocks)
        {
            var price = table.Blocks[block.Index];
            Assert.IsGreaterThan(0, price.Body);
            Assert.AreEqual(block.IsGated, price.Gate > 0);
            Assert.AreEqual(block.Projection is not null, price.Shortcut > 0);
        }

        float[] Score()
        {
            var probabilities = new float[model.Spec.Classes];
            plan.Run(pixels[0], ScoringPolicy.Default, probabilities, new ExecutionTrace(model.Blocks.Blocks.Count));
            return probabilities;
        }
    }
}
