using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Inference.Kernels;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Inference.Simd;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Tests.Inference.Execution;

/// <summary>One plan, many threads: the same bits, and nothing allocated.</summary>
[TestClass]
public sealed class InferencePlanThreadingTests
{
    [TestMethod]
    [DataRow(NetworkKind.SkipNet, GateKind.Recurrent)]
    [DataRow(NetworkKind.SkipNet, GateKind.FeedForwardI)]
    [DataRow(NetworkKind.ConvNetAig, GateKind.Recurrent)]
    public void Run_ManyThreadsAnyOrder_SameBits(NetworkKind network, GateKind gate)
    {
        var random = new RandomNetwork(PlanAssert.Spec(network, gate, ResNetArchitecture.Cifar(14), new ImageShape(3, 15, 18)), 21);
        var plan = InferencePlan.Compile(random.Plan, random.Weights, random.Statistics);
        var images = Enumerable.Range(0, 24).Select(_ => random.Image()).ToArray();
        var alone = images.Select(image => PlanAssert.Run(plan, image, ScoringPolicy.Default)).ToArray();
        Parallel.For(0, 240, new ParallelOptions { MaxDegreeOfParallelism = 6 }, i =>
        {
            var image = (i * 7) % images.Length;
            var together = PlanAssert.Run(plan, images[image], ScoringPolicy.Default);
            CollectionAssert.AreEqual(alone[image].Probabilities, together.Probabilities);
            CollectionAssert.AreEqual(alone[image].Trace.Ran.ToArray(), together.Trace.Ran.ToArray());
        });
        Assert.IsGreaterThan(1, alone.Select(result => result.Probabilities[0]).Distinct().Count());
    }

    [TestMethod]
    [DataRow(18)]
    [DataRow(50)]
    public void Run_SeveralCoresPerImage_SameBitsAsOne(int depth)
    {
        var spec = PlanAssert.Spec(
            NetworkKind.ConvNetAig, GateKind.Recurrent, ResNetArchitecture.ImageNet(depth), new ImageShape(3, 70, 61));
        var random = new RandomNetwork(spec, 4);
        var plan = InferencePlan.Compile(random.Plan, random.Weights, random.Statistics, VectorWidthChoice.Best, helpers: 3);
        var images = Enumerable.Range(0, 4).Select(_ => random.Image()).ToArray();
        var alone = images.Select(image => PlanAssert.Run(plan, image, ScoringPolicy.Default).Probabilities).ToArray();
        Parallel.For(0, 24, new ParallelOptions { MaxDegreeOfParallelism = 3 }, i =>
        {
            var probabilities = new float[spec.Classes];
            var trace = new ExecutionTrace(random.Plan.Blocks.Count);
            plan.Run(images[i % 4], ScoringPolicy.Default, probabilities, trace, gates: [], logits: [], helpers: i % 4);
            CollectionAssert.AreEqual(alone[i % 4], probabilities, $"{i % 4} helpers");
            plan.RunAtOnce(images[i % 4], ScoringPolicy.Default, probabilities, trace);
            CollectionAssert.AreEqual(alone[i % 4], probabilities);
        });
        Assert.IsGreaterThan(1, alone.Select(result => result[0]).Distinct().Count());
    }

    [TestMethod]
    public void WorkerTeam_AnyNumberOfHelpers_EveryPartOnce()
    {
        var layout = new ArenaLayout(VectorWidthChoice.Best, workers: 4);
        layout.Vector(1);
        var team = new Arena(layout, helpers: 3).Team!;
        var counter = new CountingConvolution(parts: 61);
        for (var image = 0; image < 200; image++)
        {
            team.Begin(image % 4);
            for (var layer = 0; layer < 20; layer++)
            {
                team.Run(counter, Epilogue.None);
                Assert.IsTrue(counter.Counts.All(count => count == (image * 20) + layer + 1), $"image {image}, layer {layer}");
            }

            team.End();
        }
    }

    [TestMethod]
    [Timeout(60_000)]
    public void WorkerTeam_MorePartsThanAWordCounts_EveryPartOnce()
    {
        var team = new Arena(new ArenaLayout(VectorWidthChoice.Best, workers: 2), helpers: 1).Team!;
        var counter = new CountingConvolution(parts: 65_537);
        team.Begin(1);

        team.Run(counter, Epilogue.None);

        team.End();
        Assert.IsTrue(counter.Counts.All(count => count == 1));
    }

    [TestMethod]
    [DataRow(NetworkKind.ResNet, GateKind.Recurrent)]
    [DataRow(NetworkKind.SkipNet, GateKind.Recurrent)]
    [DataRow(NetworkKind.SkipNet, GateKind.FeedForwardI)]
    [DataRow(NetworkKind.ConvNetAig, GateKind.Recurrent)]
    public void Run_AfterWarmUp_AllocatesNothing(NetworkKind network, GateKind gate)
    {
        var spec = PlanAssert.Spec(network, gate, ResNetArchitecture.Cifar(8), new ImageShape(3, 16, 16)) with
        {
            Exits = [new(0, HeadKind.Grid)],
        };
        var random = new RandomNetwork(spec, 2);
        var plan = InferencePlan.Compile(random.Plan, random.Weights, random.Statistics);
        var policy = new ScoringPolicy { ExitConfidence = [0.6f] };
        var image = random.Image();
        var probabilities = new float[10];
        var trace = new ExecutionTrace(random.Plan.Blocks.Count);
        var allocated = new List<long>();

        // The runtime itself may allocate on this thread when it replaces a method by a better compiled one: when that is depends on what
        // else the machine does. What the plan allocates it allocates in every round.
        for (var round = 0; round < 100 && !allocated.Contains(0); round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 100; i++)
            {
                plan.Run(image, policy, probabilities, trace);
            }

            allocated.Add(GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Contains(0L, allocated, string.Join(", ", allocated));
    }

    private sealed class CountingConvolution(int parts) : Convolution
    {
        public int[] Counts { get; } = new int[parts];

        public override int Parts => Counts.Length;

        public override Reach Reach => default;

        public override unsafe void Run(float* arena, float* scratch, int part, Epilogue epilogue)
            => Interlocked.Increment(ref Counts[part]);
    }
}
