using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Tests.Scoring;

namespace AdaptiveInference.ML.Transforms.Tests.Inference.Execution;

[TestClass]
public sealed class HeadFeaturesTests
{
    [TestMethod]
    [DataRow(HeadKind.Pooled)]
    [DataRow(HeadKind.Grid)]
    [DataRow(HeadKind.Quarters)]
    public void Run_WithRoomForFeatures_WritesThoseOfTheHeadThatAnswered(HeadKind kind)
    {
        var model = TestModels.Model(TestModels.Spec() with { Exits = [new ExitSpec(0, kind), new ExitSpec(3, kind)] });
        var plan = InferencePlan.Compile(model.Blocks, model.Weights, model.Channels);
        int[] channels = [.. model.Blocks.HeadChannels];
        CollectionAssert.AreEqual(new[] { 16, 32, 64 }, channels);
        var all = new float[channels.Sum()];
        var (plain, trace) = (new ExecutionTrace(model.Blocks.Blocks.Count), new ExecutionTrace(model.Blocks.Blocks.Count, 64));
        var (expected, actual, last) = (new float[4], new float[4], new float[64]);
        foreach (var row in TestModels.Rows(5))
        {
            for (var head = 0; head < channels.Length; head++)
            {
                float[] confidences = [head == 0 ? 0 : 1, head == 1 ? 0 : 1];
                var policy = model.Policy with { ExitConfidence = confidences };
                plan.Run(row.Features, policy, expected, plain);
                plan.Run(row.Features, policy, actual, trace);
                plan.HeadFeatures(row.Features, policy, all, plain);

                CollectionAssert.AreEqual(expected, actual);
                CollectionAssert.AreEqual(
                    all.Skip(channels[..head].Sum()).Take(channels[head]).ToArray(), trace.Features[..channels[head]].ToArray());
            }

            plan.Features(row.Features, model.Policy, last, plain);
            CollectionAssert.AreEqual(last, all[^64..]);
        }
    }
}
