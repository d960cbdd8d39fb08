using System.Numerics.Tensors;
using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Inference.Compiled;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Inference.Simd;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Tests.Inference.Execution;

/// <summary>Networks with their convolutions in 8 bits against the same networks in 32.</summary>
[TestClass]
public sealed class EightBitPlanTests
{
    private const float OfTheLogits = 0.1f;

    // Gates of networks with random weights often say nearly nothing: here all are open.
    private static readonly ScoringPolicy Open = new() { GateThreshold = 0 };

    [TestMethod]
    [DataRow(NetworkKind.ResNet, GateKind.Recurrent, 14, 3, 32, 32)]
    [DataRow(NetworkKind.SkipNet, GateKind.Recurrent, 14, 1, 28, 28)]
    [DataRow(NetworkKind.SkipNet, GateKind.FeedForwardI, 8, 3, 33, 57)]
    [DataRow(NetworkKind.ConvNetAig, GateKind.Recurrent, 18, 3, 64, 64)]
    [DataRow(NetworkKind.ConvNetAig, GateKind.Recurrent, 50, 3, 65, 34)]
    [DataRow(NetworkKind.SkipNet, GateKind.FeedForwardI, 11, 3, 51, 45)]
    [DataRow(NetworkKind.ConvNetAig, GateKind.Recurrent, 18, 3, 97, 90)]
    public void Run_AllInEightBits_ComesNearToThirtyTwo(NetworkKind network, GateKind gate, int depth, int channels, int height, int width)
    {
        var random = Random(network, gate, depth, new ImageShape(channels, height, width));
        var images = Enumerable.Range(0, 3).Select(_ => random.Image()).ToArray();
        var floats = InferencePlan.Compile(random.Plan, random.Weights, random.Statistics);
        var ranges = RandomRanges.Of(random, floats, images);
        foreach (var vectors in VectorWidthChoice.Available)
        {
            var eight = InferencePlan.Compile(
                random.Plan, random.Weights, random.Statistics, vectors, int8: ranges, use: EightBitUse.Always);
            Assert.AreEqual(
                random.Plan.Blocks.Sum(block => block.Body.Count + (block.Projection is null ? 0 : 1)), eight.ConvolutionsInBytes);
            for (var i = 0; i < images.Length; i++)
            {
                var (expected, actual) = (PlanAssert.Run(floats, images[i], Open), PlanAssert.Run(eight, images[i], Open));
                var distance = TensorPrimitives.Distance<float>(expected.Logits, actual.Logits);

                CollectionAssert.AreEqual(expected.Trace.Ran.ToArray(), actual.Trace.Ran.ToArray(), $"{vectors}, image {i}, path");
                Assert.IsLessThan(
                    OfTheLogits * TensorPrimitives.Norm<float>(expected.Logits), distance,
                    $"{vectors}, image {i}, distance of class scores");
                Assert.IsGreaterThan(0, distance, "Nothing was in 8 bits.");
            }
        }
    }

    // A network that was quantised on one machine and runs on another, which has other vectors or finds other kernels faster.
    [TestMethod]
    [DataRow(NetworkKind.SkipNet, 14, 32)]
    [DataRow(NetworkKind.ConvNetAig, 18, 64)]
    [DataRow(NetworkKind.ConvNetAig, 50, 48)]
    [DataRow(NetworkKind.SkipNet, 11, 51)]
    public void Run_SomeInEightBits_IsTheSameNetworkOnEveryMachine(NetworkKind network, int depth, int side)
    {
        var random = Random(network, GateKind.Recurrent, depth, new ImageShape(3, side, side));
        var images = Enumerable.Range(0, 40).Select(_ => random.Image()).ToArray();
        var floats = InferencePlan.Compile(random.Plan, random.Weights, random.Statistics);
        var drawn = new Random(depth);
        float[] flags = [.. Enumerable.Range(0, Int8Set.Convolutions(random.Plan)).Select(_ => drawn.Next(3) > 0 ? 1f : 0)];
        var ranges = RandomRanges.Of(random, floats, new Int8Set(random.Plan, flags), images);
        List<InferencePlan> plans = [];
        foreach (var vectors in VectorWidthChoice.Available)
        {
            foreach (var use in Enum.GetValues<EightBitUse>())
            {
                plans.Add(InferencePlan.Compile(random.Plan, random.Weights, random.Statistics, vectors, int8: ranges, use: use));
                Assert.IsInRange(
                    use == EightBitUse.Always ? (int)flags.Sum() : 0, use == EightBitUse.Never ? 0 : (int)flags.Sum(),
                    plans[^1].ConvolutionsInBytes);
            }
        }

        double fromFloats = 0, between = 0;
        var (same, compared) = (0, 0);
        foreach (var image in images)
        {
            var expected = PlanAssert.Run(plans[0], image, Open).Logits;
            fromFloats += Distance(expected, PlanAssert.Run(floats, image, Open).Logits);
            foreach (var plan in plans)
            {
                var logits = PlanAssert.Run(plan, image, Open).Logits;
                between += Distance(expected, logits) / plans.Count;
                same += TensorPrimitives.IndexOfMax<float>(logits) == TensorPrimitives.IndexOfMax<float>(expected) ? 1 : 0;
                compared++;
            }
        }

        // A value at the middle between two bytes may become either; all others are the same.
        Assert.IsLessThan(0.15 * fromFloats, between, "Networks differ among themselves less than from that in 32 bits.");
        Assert.IsGreaterThanOrEqualTo(0.99, (double)same / compared, "Share of classes");
    }

    [TestMethod]
    public void Run_NothingInEightBits_SameBitsAsInThirtyTwo()
    {
        var random = Random(NetworkKind.SkipNet, GateKind.Recurrent, 8, new ImageShape(3, 16, 16));
        var image = random.Image();
        var floats = InferencePlan.Compile(random.Plan, random.Weights, random.Statistics);
        var none = new Int8Set(random.Plan, new float[Int8Set.Convolutions(random.Plan)]);
        var plan = InferencePlan.Compile(
            random.Plan, random.Weights, random.Statistics, VectorWidthChoice.Best, int8: RandomRanges.Of(random, floats, none, image));

        Assert.AreEqual(0, plan.ConvolutionsInBytes);
        CollectionAssert.AreEqual(PlanAssert.Run(floats, image, Open).Logits, PlanAssert.Run(plan, image, Open).Logits);
    }

    [TestMethod]
    [DataRow(18)]
    [DataRow(50)]
    public void Run_SeveralCoresAndThreads_SameBitsAsOne(int depth)
    {
        var random = Random(NetworkKind.ConvNetAig, GateKind.Recurrent, depth, new ImageShape(3, 70, 61));
        var images = Enumerable.Range(0, 4).Select(_ => random.Image()).ToArray();
        var floats = InferencePlan.Compile(random.Plan, random.Weights, random.Statistics);
        var plan = InferencePlan.Compile(
            random.Plan, random.Weights, random.Statistics, VectorWidthChoice.Best, helpers: 3,
            RandomRanges.Of(random, floats, images), EightBitUse.Always);
        var alone = images.Select(image => PlanAssert.Run(plan, image, ScoringPolicy.Default).Probabilities).ToArray();
        Parallel.For(0, 24, new ParallelOptions { MaxDegreeOfParallelism = 3 }, i =>
        {
            var probabilities = new float[random.Plan.Spec.Classes];
            var trace = new ExecutionTrace(random.Plan.Blocks.Count);
            plan.Run(images[i % 4], ScoringPolicy.Default, probabilities, trace, gates: [], logits: [], helpers: i % 4);
            CollectionAssert.AreEqual(alone[i % 4], probabilities, $"{i % 4} helpers");
        });
        Assert.IsGreaterThan(1, alone.Select(result => result[0]).Distinct().Count());
    }

    [TestMethod]
    public void Run_AfterWarmUp_AllocatesNothing()
    {
        var random = Random(NetworkKind.SkipNet, GateKind.Recurrent, 8, new ImageShape(3, 16, 16));
        var image = random.Image();
        var floats = InferencePlan.Compile(random.Plan, random.Weights, random.Statistics);
        var plan = InferencePlan.Compile(
            random.Plan, random.Weights, random.Statistics, VectorWidthChoice.Best, int8: RandomRanges.Of(random, floats, image),
            use: EightBitUse.Always);
        var (probabilities, trace, allocated) = (new float[10], new ExecutionTrace(random.Plan.Blocks.Count), new List<long>());

        // As in the test of plans in 32 bits: the runtime itself may allocate in some rounds.
        for (var round = 0; round < 100 && !allocated.Contains(0); round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 100; i++)
            {
                plan.Run(image, ScoringPolicy.Default, probabilities, trace);
            }

            allocated.Add(GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Contains(0L, allocated, string.Join(", ", allocated));
    }

    [TestMethod]
    [DataRow(NetworkKind.ResNet, EightBitUse.Always)]
    [DataRow(NetworkKind.SkipNet, EightBitUse.Always)]
    [DataRow(NetworkKind.ResNet, EightBitUse.Never)]
    [DataRow(NetworkKind.SkipNet, EightBitUse.Never)]
    public void Run_PixelsThatOverflow_HaveNoFiniteAnswer(NetworkKind network, object use)
    {
        var random = Random(network, GateKind.Recurrent, 14, new ImageShape(1, 12, 12));
        var (image, statistics) = (random.Image(), new ChannelStatistics([100], [0.01f]));
        var floats = InferencePlan.Compile(random.Plan, random.Weights, statistics);
        var plan = InferencePlan.Compile(
            random.Plan, random.Weights, statistics, VectorWidthChoice.Best, int8: RandomRanges.Of(random, floats, image),
            use: (EightBitUse)use);

        Assert.IsTrue(PlanAssert.Run(plan, image, ScoringPolicy.Default).Trace.IsFinite);
        image[17] = 3e38f;
        image[18] = -3e38f;
        Assert.IsFalse(PlanAssert.Run(floats, image, ScoringPolicy.Default).Trace.IsFinite);
        Assert.IsFalse(PlanAssert.Run(plan, image, ScoringPolicy.Default).Trace.IsFinite);
    }

    [TestMethod]
    [DataRow(96, 2)]
    [DataRow(64, 1)]
    public void Compile_StemOfLargeImages_IsInSixteenBits(int side, int steps)
    {
        var random = Random(NetworkKind.ResNet, GateKind.Recurrent, 18, new ImageShape(3, side, side));
        var image = random.Image();
        var floats = InferencePlan.Compile(random.Plan, random.Weights, random.Statistics);
        var ranges = RandomRanges.Of(random, floats, image);
        var compiled = new CompiledNetwork(
            random.Plan, random.Weights, new CostModel(random.Plan), KernelsOfWidth.Of(VectorWidthChoice.Best), workers: 1, ranges,
            use: EightBitUse.Always);
        var eight = InferencePlan.Compile(
            random.Plan, random.Weights, random.Statistics, VectorWidthChoice.Best, int8: ranges, use: EightBitUse.Always);

        Assert.HasCount(SixteenBitKernels.IsSupported ? steps : 1, compiled.Stem);
        Assert.IsTrue(PlanAssert.Run(eight, image, Open).Trace.IsFinite);
        var bits = PlanAssert.Run(eight, image, Open).Logits;
        image[^1] = float.PositiveInfinity;
        Assert.IsFalse(PlanAssert.Run(eight, image, Open).Trace.IsFinite);

        // What one image left behind changes nothing of the next.
        image[^1] = -1000;
        var other = PlanAssert.Run(eight, image, Open).Logits;
        image[^1] = float.NaN;
        Assert.IsFalse(PlanAssert.Run(eight, image, Open).Trace.IsFinite);
        image[^1] = -1000;
        CollectionAssert.AreEqual(other, PlanAssert.Run(eight, image, Open).Logits);
        CollectionAssert.AreNotEqual(bits, other);
    }

    [TestMethod]
    public void Compile_EightBitsWhereFaster_ComputesAllThatGainsInBytes()
    {
        var random = Random(NetworkKind.ResNet, GateKind.Recurrent, 50, new ImageShape(3, 64, 64));
        var floats = InferencePlan.Compile(random.Plan, random.Weights, random.Statistics);
        foreach (var vectors in VectorWidthChoice.Available)
        {
            var set = Int8SetChoice.Of(random.Plan, vectors, Int8Choice.FasterHere);
            var ranges = RandomRanges.Of(random, floats, set, random.Image());
            var plan = InferencePlan.Compile(random.Plan, random.Weights, random.Statistics, vectors, int8: ranges);
            var again = InferencePlan.Compile(random.Plan, random.Weights, random.Statistics, vectors, int8: ranges);

            Assert.AreEqual(plan.ConvolutionsInBytes, again.ConvolutionsInBytes);
            Assert.AreEqual(set.Count, plan.ConvolutionsInBytes, $"{vectors}: where it was quantised, none of it is in floats.");
            Assert.AreEqual(EightBitKernels.Of(vectors).Kind, plan.EightBitKind);
            Assert.IsGreaterThan(
                plan.EightBitKind == DotInstructions.Portable ? -1 : 20, plan.ConvolutionsInBytes,
                $"{vectors}: its 1×1 convolutions gain.");
        }

        Assert.AreEqual(0, floats.ConvolutionsInBytes);
        Assert.IsNull(floats.EightBitKind);
    }

    // What guards of memory run, with every map between forbidden pages: the same bits as without.
    [TestMethod]
    public void Run_WithAndWithoutGuard_SameBits()
    {
        var random = Random(NetworkKind.ConvNetAig, GateKind.Recurrent, 50, new ImageShape(3, 65, 34));
        var (image, guard) = (random.Image(), MemoryGuard.Current);
        var floats = InferencePlan.Compile(random.Plan, random.Weights, random.Statistics);
        var ranges = RandomRanges.Of(random, floats, image);
        foreach (var (vectors, use) in VectorWidthChoice.Available.SelectMany(
            vectors => new[] { (vectors, EightBitUse.Always), (vectors, EightBitUse.Never) }))
        {
            var guarded = Run();
            MemoryGuard.Current = null;
            var plain = Run();
            MemoryGuard.Current = guard;

            CollectionAssert.AreEqual(plain, guarded, $"{vectors}");

            float[] Run() => PlanAssert.Run(
                InferencePlan.Compile(random.Plan, random.Weights, random.Statistics, vectors, int8: ranges, use: use), image,
                ScoringPolicy.Default).Logits;
        }
    }

    private static float Distance(float[] a, float[] b) => TensorPrimitives.Distance<float>(a, b);

    private static RandomNetwork Random(NetworkKind network, GateKind gate, int depth, ImageShape image)
    {
        var architecture = depth switch
        {
            18 or 50 => ResNetArchitecture.ImageNet(depth),
            11 => ResNetArchitecture.ImageNet([1, 1, 1], bottleneck: true).WithStemWidth(8).WithStrideInFirstConvolution(),
            _ => ResNetArchitecture.Cifar(depth),
        };
        return new RandomNetwork(PlanAssert.Spec(network, gate, architecture, image), depth);
    }
}
