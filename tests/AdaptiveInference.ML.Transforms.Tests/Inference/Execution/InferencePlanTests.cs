using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Inference.Simd;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Tests.Inference.Execution;

/// <summary>The plan against the reference: every network × gate × style × head, with and without exits, at every vector width.</summary>
[TestClass]
public sealed class InferencePlanTests
{
    private static readonly (NetworkKind Network, GateKind Gate)[] Networks =
    [
        (NetworkKind.ResNet, GateKind.Recurrent),
        (NetworkKind.SkipNet, GateKind.Recurrent),
        (NetworkKind.SkipNet, GateKind.FeedForwardI),
        (NetworkKind.SkipNet, GateKind.FeedForwardII),
        (NetworkKind.ConvNetAig, GateKind.Recurrent),
    ];

    private static readonly ScoringPolicy Leaving = new() { ExitConfidence = [0.5f, 0.4f, 0.3f] };

    public static IEnumerable<object[]> Specs
    {
        get
        {
            var draw = 0;
            ImageShape[] shapes = [new(1, 28, 28), new(3, 19, 13), new(4, 18, 23), new(3, 9, 30)];
            foreach (var (network, gate) in Networks)
            {
                foreach (var head in Enum.GetValues<HeadKind>())
                {
                    foreach (var exits in (bool[])[false, true])
                    {
                        var depth = draw % 2 == 0 ? 8 : 14;
                        yield return Case(network, gate, ResNetArchitecture.Cifar(depth), shapes[draw % shapes.Length], head, exits);
                    }
                }
            }

            // Deep networks have many weights: one case for each kind of block and gate.
            ResNetArchitecture basic = ResNetArchitecture.ImageNet(18), bottleneck = ResNetArchitecture.ImageNet(50);
            yield return Case(NetworkKind.SkipNet, GateKind.Recurrent, basic, new(3, 45, 38), HeadKind.Grid, true);
            yield return Case(NetworkKind.SkipNet, GateKind.FeedForwardI, basic, new(3, 35, 61), HeadKind.Pooled, false);
            yield return Case(NetworkKind.ConvNetAig, GateKind.Recurrent, basic, new(1, 20, 33), HeadKind.Pooled, true);
            yield return Case(NetworkKind.SkipNet, GateKind.Recurrent, bottleneck, new(3, 33, 40), HeadKind.Pooled, false);
            yield return Case(NetworkKind.ConvNetAig, GateKind.Recurrent, bottleneck, new(4, 39, 22), HeadKind.Pooled, true);

            // Channels that do not fill a vector, and bottlenecks with their stride in the first convolution.
            var strided = ResNetArchitecture.ImageNet([1, 2, 1], bottleneck: true).WithStrideInFirstConvolution();
            yield return Case(NetworkKind.SkipNet, GateKind.FeedForwardII, strided.WithStemWidth(8), new(3, 45, 38), HeadKind.Grid, true);
            yield return Case(NetworkKind.ConvNetAig, GateKind.Recurrent, strided.WithStemWidth(24), new(3, 33, 61), HeadKind.Pooled, true);
            yield return Case(NetworkKind.ResNet, GateKind.Recurrent, strided, new(3, 40, 27), HeadKind.Pooled, false);
            foreach (var width in (int[])[8, 24, 72])
            {
                var narrow = ResNetArchitecture.Cifar(8).WithStemWidth(width);
                yield return Case(NetworkKind.SkipNet, GateKind.FeedForwardI, narrow, new(3, 19, 22), HeadKind.Grid, true);
                yield return Case(NetworkKind.ConvNetAig, GateKind.Recurrent, narrow, new(1, 32, 32), HeadKind.Pooled, true);
            }

            object[] Case(NetworkKind network, GateKind gate, ResNetArchitecture architecture, ImageShape shape, HeadKind head, bool exits)
                => [network.ToString(), gate.ToString(), architecture, head.ToString(), exits, shape, draw++];
        }
    }

    [TestMethod]
    [DynamicData(nameof(Specs))]
    public void Run_RandomWeights_AgreesWithReference(
        string network, string gate, object architecture, string head, bool exits, object shape, int draw)
    {
        var spec = new NetworkSpec
        {
            Network = Enum.Parse<NetworkKind>(network),
            Gate = Enum.Parse<GateKind>(gate),
            Architecture = (ResNetArchitecture)architecture,
            Image = (ImageShape)shape,
            Classes = 7 + draw,
            Head = Enum.Parse<HeadKind>(head),
            Exits = exits ? [new ExitSpec(0, HeadKind.Grid), new ExitSpec(1, HeadKind.Pooled)] : [],
            AveragesHeads = draw % 4 < 2,
        };
        var random = new RandomNetwork(spec, 100 + draw);
        var reference = new ReferenceNetwork(random.Plan, random.Weights, random.Statistics);
        var plans = VectorWidthChoice.Available
            .Select(width => InferencePlan.Compile(random.Plan, random.Weights, random.Statistics, width)).ToArray();
        foreach (var policy in (ScoringPolicy[])[exits ? Leaving : ScoringPolicy.Default, new() { GateThreshold = 0.52f }])
        {
            var image = random.Image();
            var expected = reference.Run(image, policy);
            for (var tries = 0; expected.Margin < 1e-4; tries++)
            {
                Assert.IsLessThan(20, tries, "No image is clear of the thresholds.");
                expected = reference.Run(image = random.Image(), policy);
            }

            foreach (var plan in plans)
            {
                PlanAssert.Agrees(expected, plan, image, policy);
            }
        }
    }

    [TestMethod]
    [DataRow(NetworkKind.SkipNet, GateKind.Recurrent)]
    [DataRow(NetworkKind.SkipNet, GateKind.FeedForwardI)]
    [DataRow(NetworkKind.SkipNet, GateKind.FeedForwardII)]
    [DataRow(NetworkKind.ConvNetAig, GateKind.Recurrent)]
    public void Run_GatesToldBudgets_AgreesWithReference(NetworkKind network, GateKind gate)
    {
        var spec = PlanAssert.Spec(network, gate, ResNetArchitecture.Cifar(14), new ImageShape(3, 17, 12)) with { AnyBudget = true };
        var random = new RandomNetwork(spec, 11);
        var reference = new ReferenceNetwork(random.Plan, random.Weights, random.Statistics);
        var plan = InferencePlan.Compile(random.Plan, random.Weights, random.Statistics);
        foreach (var budget in (float[])[0, 0.23f, 0.5f, 0.999f, 1])
        {
            foreach (var policy in (ScoringPolicy[])[new() { Budget = budget }, new() { Budget = budget, GateThreshold = 0.52f }])
            {
                var image = random.Image();
                var expected = reference.Run(image, policy);
                for (var tries = 0; expected.Margin < 1e-4; tries++)
                {
                    Assert.IsLessThan(20, tries, "No image is clear of the thresholds.");
                    expected = reference.Run(image = random.Image(), policy);
                }

                PlanAssert.Agrees(expected, plan, image, policy);
                Assert.AreEqual(budget == 1, expected.GateProbability.All(double.IsNaN), "gates are asked below the whole budget alone");
            }
        }
    }

    [TestMethod]
    [DataRow(NetworkKind.SkipNet, GateKind.Recurrent)]
    [DataRow(NetworkKind.SkipNet, GateKind.FeedForwardI)]
    [DataRow(NetworkKind.SkipNet, GateKind.FeedForwardII)]
    [DataRow(NetworkKind.ConvNetAig, GateKind.Recurrent)]
    public void Run_ForcedGates_EqualsFullComputationTimesMask(NetworkKind network, GateKind gate)
    {
        var random = new RandomNetwork(PlanAssert.Spec(network, gate, ResNetArchitecture.Cifar(14), new ImageShape(3, 17, 12)), 7);
        var reference = new ReferenceNetwork(random.Plan, random.Weights, random.Statistics);
        foreach (var width in VectorWidthChoice.Available)
        {
            var plan = InferencePlan.Compile(random.Plan, random.Weights, random.Statistics, width);
            for (var pattern = 0; pattern < 12; pattern++)
            {
                var image = random.Image();
                var gates = random.Gates();
                var expected = reference.Run(image, ScoringPolicy.Default, gates);
                PlanAssert.Agrees(expected, plan, image, ScoringPolicy.Default, gates);
            }
        }
    }

    [TestMethod]
    public void Run_EveryVectorWidth_GivesTheSameProbabilities()
    {
        var random = new RandomNetwork(
            PlanAssert.Spec(NetworkKind.SkipNet, GateKind.Recurrent, ResNetArchitecture.Cifar(38), new ImageShape(3, 32, 32)), 13);
        var widest = InferencePlan.Compile(random.Plan, random.Weights, random.Statistics);
        foreach (var width in VectorWidthChoice.Available)
        {
            var plan = InferencePlan.Compile(random.Plan, random.Weights, random.Statistics, width);
            for (var i = 0; i < 10; i++)
            {
                var (image, gates) = (random.Image(), random.Gates());
                var expected = PlanAssert.Run(widest, image, ScoringPolicy.Default, gates).Probabilities;
                var actual = PlanAssert.Run(plan, image, ScoringPolicy.Default, gates).Probabilities;
                for (var c = 0; c < expected.Length; c++)
                {
                    Assert.AreEqual(expected[c], actual[c], 1e-4, $"{width}, class {c}");
                }
            }
        }
    }

    [TestMethod]
    public void Run_ZeroThreshold_AsksNoGateAndEqualsAllOpen()
    {
        foreach (var (network, gate) in Networks.Where(pair => pair.Network != NetworkKind.ResNet))
        {
            var random = new RandomNetwork(PlanAssert.Spec(network, gate, ResNetArchitecture.Cifar(8), new ImageShape(3, 16, 16)), 3);
            var plan = InferencePlan.Compile(random.Plan, random.Weights, random.Statistics);
            var image = random.Image();
            var all = Enumerable.Repeat(true, random.Plan.Blocks.Count).ToArray();
            var asked = PlanAssert.Run(plan, image, ScoringPolicy.Default, all);
            var unasked = PlanAssert.Run(plan, image, new ScoringPolicy { GateThreshold = 0 });
            CollectionAssert.AreEqual(asked.Probabilities, unasked.Probabilities);
            Assert.AreEqual(plan.Cost.Full, unasked.Trace.Macs);
            Assert.IsTrue(unasked.Trace.GateProbability.ToArray().All(float.IsNaN));
            Assert.AreEqual(plan.Cost.Full + plan.Cost.Blocks.ToArray().Sum(block => block.Gate), asked.Trace.Macs);
        }
    }

    [TestMethod]
    public void Run_ResNet8ByHand_ChargesWhatRan()
    {
        // ResNet-8 on 1×28×28 with recurrent gates: blocks of 16, 32 and 64 channels at 28, 14 and 7 pixels.
        var random = new RandomNetwork(
            PlanAssert.Spec(NetworkKind.SkipNet, GateKind.Recurrent, ResNetArchitecture.Cifar(8), new ImageShape(1, 28, 28)), 5);
        var plan = InferencePlan.Compile(random.Plan, random.Weights, random.Statistics);
        const long Stem = 16 * 1 * 9 * 784, First = 2 * 16 * 16 * 9 * 784;
        const long SecondShortcut = 32 * 16 * 196, ThirdBody = (64 * 32 * 9 * 49) + (64 * 64 * 9 * 49), ThirdShortcut = 64 * 32 * 49;
        const long Gates = (16 * 10) + 800 + 10 + (32 * 10) + 800 + 10, Head = 64 * 10;
        var result = PlanAssert.Run(plan, random.Image(), ScoringPolicy.Default, [true, false, true]);
        Assert.AreEqual(Stem + First + SecondShortcut + ThirdBody + ThirdShortcut + Gates + Head, result.Trace.Macs);
        CollectionAssert.AreEqual(new[] { true, false, true }, result.Trace.Ran.ToArray());
    }

    [TestMethod]
    public void Run_ExitTaken_LeavesTheRestUnrunAndChargesHeadsEvaluated()
    {
        var spec = PlanAssert.Spec(NetworkKind.ResNet, GateKind.Recurrent, ResNetArchitecture.Cifar(14), new ImageShape(3, 16, 16)) with
        {
            Exits = [new ExitSpec(0, HeadKind.Grid), new ExitSpec(2, HeadKind.Grid), new ExitSpec(3, HeadKind.Pooled)],
        };
        var random = new RandomNetwork(spec, 9);
        var plan = InferencePlan.Compile(random.Plan, random.Weights, random.Statistics);
        var cost = plan.Cost;

        // The first exit is never certain enough, the second is switched off, the third always takes the image.
        var result = PlanAssert.Run(plan, random.Image(), new ScoringPolicy { ExitConfidence = [0.99999994f, 1, 0] });
        Assert.AreEqual(2, result.Trace.ExitTaken);
        CollectionAssert.AreEqual(new[] { true, true, true, true, false, false }, result.Trace.Ran.ToArray());
        var blocks = cost.Blocks[..4].ToArray().Sum(block => block.Body + block.Shortcut);
        Assert.AreEqual(cost.Stem + blocks + cost.Exits[0] + cost.Exits[2], result.Trace.Macs);
        Assert.AreEqual(1, result.Probabilities.Sum(), 1e-5);
    }

    [TestMethod]
    public void Run_ConfidenceExactlyAsAsked_LeavesAtTheExit()
    {
        var spec = PlanAssert.Spec(NetworkKind.ResNet, GateKind.Recurrent, ResNetArchitecture.Cifar(8), new ImageShape(3, 16, 16)) with
        {
            Exits = [new ExitSpec(0, HeadKind.Pooled)],
        };
        var random = new RandomNetwork(spec, 9);
        var plan = InferencePlan.Compile(random.Plan, random.Weights, random.Statistics);
        var image = random.Image();
        var confidence = PlanAssert.Run(plan, image, new ScoringPolicy { ExitConfidence = [0] }).Probabilities.Max();

        Assert.AreEqual(0, PlanAssert.Run(plan, image, new ScoringPolicy { ExitConfidence = [confidence] }).Trace.ExitTaken);
        Assert.AreEqual(
            -1, PlanAssert.Run(plan, image, new ScoringPolicy { ExitConfidence = [MathF.BitIncrement(confidence)] }).Trace.ExitTaken);
    }

    [TestMethod]
    public void Run_GateExactlyAtTheThreshold_Opens()
    {
        var random = new RandomNetwork(
            PlanAssert.Spec(NetworkKind.ConvNetAig, GateKind.Recurrent, ResNetArchitecture.Cifar(8), new ImageShape(3, 16, 16)), 9);
        var plan = InferencePlan.Compile(random.Plan, random.Weights, random.Statistics);
        var image = random.Image();
        var probability = PlanAssert.Run(plan, image, ScoringPolicy.Default).Trace.GateProbability[0];

        Assert.IsTrue(PlanAssert.Run(plan, image, new ScoringPolicy { GateThreshold = probability }).Trace.Ran[0]);
        Assert.IsFalse(PlanAssert.Run(plan, image, new ScoringPolicy { GateThreshold = MathF.BitIncrement(probability) }).Trace.Ran[0]);
    }

    [TestMethod]
    [DataRow(NetworkKind.SkipNet, GateKind.Recurrent, false)]
    [DataRow(NetworkKind.SkipNet, GateKind.FeedForwardII, false)]
    [DataRow(NetworkKind.ConvNetAig, GateKind.Recurrent, true)]
    public void Run_GateThatSaysNeither_FollowsThePapersRule(NetworkKind network, GateKind gate, bool opens)
    {
        var random = new RandomNetwork(PlanAssert.Spec(network, gate, ResNetArchitecture.Cifar(8), new ImageShape(3, 16, 16)), 9);
        var undecided = new NetworkWeights(random.Plan, random.Weights.Layout.ToDictionary(
            tensor => tensor.Name,
            tensor => tensor.Name.StartsWith("control.proj", StringComparison.Ordinal) || tensor.Name.Contains(".gate.fc2")
                || tensor.Name.Contains(".gate.linear")
                    ? new float[tensor.Length]
                    : random.Weights[tensor.Name].ToArray()));
        var plan = InferencePlan.Compile(random.Plan, undecided, random.Statistics);

        var trace = PlanAssert.Run(plan, random.Image(), ScoringPolicy.Default).Trace;

        foreach (var block in random.Plan.Blocks.Where(block => block.IsGated))
        {
            Assert.AreEqual(0.5f, trace.GateProbability[block.Index], block.Name);
            Assert.AreEqual(opens, trace.Ran[block.Index], block.Name);
        }
    }

    [TestMethod]
    public void Run_AveragedHeads_AreAllAskedAndCharged()
    {
        var spec = PlanAssert.Spec(NetworkKind.ResNet, GateKind.Recurrent, ResNetArchitecture.Cifar(14), new ImageShape(3, 16, 16)) with
        {
            Exits = [new ExitSpec(0, HeadKind.Grid), new ExitSpec(2, HeadKind.Grid)],
            AveragesHeads = true,
        };
        var random = new RandomNetwork(spec, 9);
        var plan = InferencePlan.Compile(random.Plan, random.Weights, random.Statistics);

        var result = PlanAssert.Run(plan, random.Image(), ScoringPolicy.Default);

        Assert.AreEqual(-1, result.Trace.ExitTaken);
        Assert.AreEqual(plan.Cost.Full + plan.Cost.Exits[0] + plan.Cost.Exits[1], result.Trace.Macs);
    }

    [TestMethod]
    public void Run_AveragedHeads_AnswerAloneForEveryImage()
    {
        var spec = PlanAssert.Spec(NetworkKind.ResNet, GateKind.Recurrent, ResNetArchitecture.Cifar(8), new ImageShape(3, 16, 16)) with
        {
            Exits = [new ExitSpec(0, HeadKind.Grid)],
            AveragesHeads = true,
        };
        var random = new RandomNetwork(spec, 10);
        var (first, second) = (random.Image(), random.Image());
        var plan = InferencePlan.Compile(random.Plan, random.Weights, random.Statistics);
        var alone = PlanAssert.Run(plan, first, ScoringPolicy.Default).Probabilities;

        PlanAssert.Run(plan, second, ScoringPolicy.Default);

        CollectionAssert.AreEqual(alone, PlanAssert.Run(plan, first, ScoringPolicy.Default).Probabilities);
    }

    [TestMethod]
    public void Run_WrongLengths_Throws()
    {
        var random = new RandomNetwork(
            PlanAssert.Spec(NetworkKind.ResNet, GateKind.Recurrent, ResNetArchitecture.Cifar(8), new ImageShape(1, 8, 8)), 1);
        var plan = InferencePlan.Compile(random.Plan, random.Weights, random.Statistics);
        var trace = new ExecutionTrace(3);
        var error = Assert.ThrowsExactly<ArgumentException>(() => plan.Run(new float[63], ScoringPolicy.Default, new float[10], trace));
        Assert.AreEqual("Expected 64 values, got 63. (Parameter 'image')", error.Message);
        Assert.ThrowsExactly<ArgumentException>(() => plan.Run(new float[64], ScoringPolicy.Default, new float[9], trace));
        Assert.ThrowsExactly<ArgumentException>(() => plan.Run(new float[64], ScoringPolicy.Default, new float[10], new ExecutionTrace(2)));
        error = Assert.ThrowsExactly<ArgumentException>(
            () => InferencePlan.Compile(random.Plan, random.Weights, ChannelStatistics.Identity(3)));
        Assert.AreEqual("Channel statistics must have one value per image channel (1), got 3. (Parameter 'channels')", error.Message);
    }
}
