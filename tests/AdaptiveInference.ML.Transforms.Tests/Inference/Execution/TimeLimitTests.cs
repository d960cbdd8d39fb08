using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Tests.Scoring;

namespace AdaptiveInference.ML.Transforms.Tests.Inference.Execution;

/// <summary>On a clock that the tests turn: nothing here depends on how fast the machine is.</summary>
[TestClass]
public sealed class TimeLimitTests
{
    // Stem 10, blocks of 10, 20, 30 and 40 with a gate of 1 in the third, exits of 2 and 4 behind the first and the third, last head 5.
    private static readonly CostTable Times = new(
        10, [new BlockPrice(8, 2, 0), new BlockPrice(20, 0, 0), new BlockPrice(29, 0, 1), new BlockPrice(40, 0, 0)], [2, 4], 5);

    [TestMethod]
    [DataRow(false, 0, 20, 74, false, DisplayName = "to the second exit's answer: 20 + 20 + 30 + 4")]
    [DataRow(false, 0, 20, 73.9, true)]
    [DataRow(true, 0, 20, 76, false, DisplayName = "and 2 more where the first head is evaluated too")]
    [DataRow(true, 0, 20, 75.9, true)]
    [DataRow(false, 1, 70, 115, false, DisplayName = "to the last answer: 70 + 40 + 5")]
    [DataRow(false, 1, 70, 114.9, true)]
    [DataRow(false, 0, 30, 111, false, DisplayName = "half as slow again: 30 + 1.5 * 54")]
    [DataRow(false, 0, 30, 110.9, true)]
    [DataRow(false, 0, 100, 208, false, DisplayName = "behind by a pause, which does not go on: 100 + 2 * 54")]
    [DataRow(false, 0, 100, 207.9, true)]
    [DataRow(false, 0, 5, 59, false, DisplayName = "ahead, which does not go on either: 5 + 54")]
    [DataRow(false, 0, 5, 58.9, true)]
    public void IsNextTooLate_ByHand(bool averagesHeads, int exit, double now, double limit, bool expected)
    {
        var clock = new Clock();
        var times = new TimeLimit(TimeSpan.FromMicroseconds(limit), Times, [0, 2], averagesHeads, clock);

        clock.Microseconds = now;

        Assert.AreEqual(expected, times.IsNextTooLate(exit, started: 0, entered: 0));
        Assert.AreEqual(22, times.First, 1e-9);
    }

    [TestMethod]
    public void IsNextTooLate_ReadingTookTime_CountsIt()
    {
        var clock = new Clock { Microseconds = 50 };
        var entered = clock.GetTimestamp();
        clock.Microseconds += 20;

        Assert.IsTrue(new TimeLimit(TimeSpan.FromMicroseconds(123), Times, [0, 2], false, clock).IsNextTooLate(0, 0, entered));
        Assert.IsFalse(new TimeLimit(TimeSpan.FromMicroseconds(124), Times, [0, 2], false, clock).IsNextTooLate(0, 0, entered));
    }

    // Real times of segments are drawn up to three times what is expected. Every image ends within the limit and one segment, and no image
    // that had time for the next answer leaves before it.
    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Run_SegmentsOfAnyLength_AreNeverLateByMoreThanOne(bool averagesHeads)
    {
        var spec = TestModels.Spec(NetworkKind.ResNet) with
        {
            Exits = [new ExitSpec(0, HeadKind.Pooled), new ExitSpec(2, HeadKind.Pooled), new ExitSpec(3, HeadKind.Pooled)],
            AveragesHeads = averagesHeads,
        };
        var network = new RandomNetwork(spec, seed: 5);
        var plan = InferencePlan.Compile(network.Plan, network.Weights, network.Statistics);
        var table = CostTable.OfMacs(plan.Cost).Times(1e-3);
        double[] behind = [.. Enumerable.Range(0, 3).Select(exit => Arrival(table, spec, exit))];
        var random = new Random(1);
        var left = new int[4];
        for (var image = 0; image < 500; image++)
        {
            double[] segments = [behind[0] * (0.5 + (2.5 * random.NextDouble())), .. Enumerable.Range(1, 3).Select(
                exit => ((exit < 3 ? behind[exit] : table.Full) - behind[exit - 1]) * (0.5 + (2.5 * random.NextDouble())))];
            var limit = table.Full * (0.2 + (2 * random.NextDouble()));
            var clock = new Clock { Segments = segments };
            var trace = new ExecutionTrace(plan.Blocks.Blocks.Count)
            {
                Limit = new TimeLimit(TimeSpan.FromMicroseconds(limit), table, [0, 2, 3], averagesHeads, clock),
            };

            plan.Run(network.Image(), ScoringPolicy.Default, new float[TestModels.Names.Length], trace);

            var exit = trace.ExitTaken < 0 ? 3 : trace.ExitTaken;
            left[exit]++;
            Assert.IsTrue(
                exit == 0 || clock.Until(exit) - segments[exit] <= limit,
                $"Image {image} went on from exit {exit - 1} although its time was over.");
            Assert.IsTrue(
                exit == 3 || clock.Until(exit) + (2 * 1.2 * ((exit < 2 ? behind[exit + 1] : table.Full) - behind[exit])) > limit,
                $"Image {image} left at exit {exit} although there was time.");
        }

        Assert.IsTrue(left.All(count => count > 20), string.Join(", ", left));
    }

    [TestMethod]
    public void Run_NoTime_AnswersAsTheFirstExitAndEnoughAsTheWholeNetwork()
    {
        var spec = TestModels.Spec(NetworkKind.ResNet) with
        {
            Exits = [new ExitSpec(0, HeadKind.Pooled), new ExitSpec(2, HeadKind.Pooled)],
        };
        var network = new RandomNetwork(spec, seed: 5);
        var plan = InferencePlan.Compile(network.Plan, network.Weights, network.Statistics);
        var image = network.Image();
        foreach (var (limit, policy) in new (double, ScoringPolicy)[]
            { (0.001, new ScoringPolicy { ExitConfidence = [0, 0] }), (1e12, ScoringPolicy.Default) })
        {
            var trace = new ExecutionTrace(plan.Blocks.Blocks.Count);
            var (expected, actual) = (new float[TestModels.Names.Length], new float[TestModels.Names.Length]);
            plan.Run(image, policy, expected, trace);
            var (exit, macs) = (trace.ExitTaken, trace.Macs);

            trace.Limit = new TimeLimit(TimeSpan.FromMicroseconds(limit), CostTable.OfMacs(plan.Cost), [0, 2], false, new Clock());
            plan.Run(image, ScoringPolicy.Default, actual, trace);

            CollectionAssert.AreEqual(expected, actual);
            Assert.AreEqual((exit, macs), (trace.ExitTaken, trace.Macs));
        }
    }

    private static double Arrival(CostTable table, NetworkSpec spec, int exit)
        => table.Stem + Enumerable.Range(0, spec.Exits[exit].AfterBlock + 1)
            .Sum(block => table.Blocks[block].Body + table.Blocks[block].Shortcut);

    // Shows 0 when an image enters, and at each exit what its segments have taken until there.
    private sealed class Clock : TimeProvider
    {
        private int _reads;

        public double Microseconds { get; set; }

        public double[]? Segments { get; init; }

        public override long TimestampFrequency => 1_000_000_000;

        public double Until(int exit) => Segments!.Take(exit + 1).Sum();

        public override long GetTimestamp()
        {
            var microseconds = Segments is null ? Microseconds : Segments.Take(_reads++).Sum();
            return (long)Math.Round(microseconds * 1000);
        }
    }
}
