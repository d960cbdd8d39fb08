namespace AdaptiveInference.ML.Transforms.Tests.Serving;

[TestClass]
public sealed class LoadControllerTests
{
    // 20 ms, 10 ms and 5 ms an image; of 100 ms 80 are for waiting and work.
    private static readonly double[] Fractions = [1, 0.5, 0.25];

    private readonly ManualClock _clock = new();

    [TestMethod]
    public void Begin_NobodyWaits_IsTheMostAccurate()
    {
        // Slower than the goal: that is not the load's doing.
        var load = Make(wholeMilliseconds: 500);

        Assert.AreEqual(0, load.Begin(waiting: 0));
    }

    [TestMethod]
    [DataRow(3, 0)]
    [DataRow(4, 1)]
    [DataRow(7, 1)]
    [DataRow(8, 2)]
    [DataRow(1000, 2)]
    public void Arrived_ImagesWait_GoesDownAsFarAsTheGoalAsks(int waiting, int step)
    {
        // (waiting + 1) × 20, 10 or 5 ms must be at most 80.
        var load = Make();

        load.Arrived(waiting);

        Assert.AreEqual(step, load.Step);
    }

    [TestMethod]
    public void Arrived_SeveralEngines_ShareTheQueue()
    {
        var load = Make(engines: 4);

        load.Arrived(waiting: 12);
        Assert.AreEqual(0, load.Step);
        load.Arrived(waiting: 13);
        Assert.AreEqual(1, load.Step);
    }

    [TestMethod]
    public void Begin_LoadHasGone_GoesUpOneStepAfterAnother()
    {
        var load = Make();
        load.Arrived(waiting: 100);
        var steps = new List<int>();
        for (var tenth = 0; tenth < 30; tenth++)
        {
            _clock.Advance(0.1);
            steps.Add(load.Begin(waiting: 0));
        }

        // The moment at which a step is reached, in tenths of a second; between them lies at least the hold.
        var (first, second) = (steps.IndexOf(1), steps.IndexOf(0));
        Assert.AreEqual(4, first, string.Join(" ", steps));
        Assert.AreEqual(9, second, string.Join(" ", steps));
        Assert.IsTrue(steps.Skip(second).All(step => step == 0));
    }

    [TestMethod]
    public void Begin_QueueThatOnlyTheLowerStepCanTake_StaysThere()
    {
        var load = Make();
        load.Arrived(waiting: 5);
        for (var second = 0; second < 60; second++)
        {
            _clock.Advance(1);
            Assert.AreEqual(1, load.Begin(waiting: 4));
        }
    }

    [TestMethod]
    public void Begin_AfterAPause_GoesUpByAsManyStepsAsItLasted()
    {
        var load = Make();
        load.Arrived(waiting: 100);
        _clock.Advance(60);

        Assert.AreEqual(0, load.Begin(waiting: 0));
    }

    [TestMethod]
    public void Begin_ArrivalsThatTheStepAboveCannotTake_AreNotTriedAtTheHold()
    {
        // 150 images a second at 5 ms are three quarters of an engine; at 10 ms they are one and a half.
        var load = Make();
        load.Arrived(waiting: 100);
        var low = 0;
        for (var image = 0; image < 10 * 150; image++)
        {
            _clock.Advance(1 / 150.0);
            load.Arrived(waiting: 0);
            low += load.Begin(waiting: 0) == 2 ? 1 : 0;
            if (load.Step < 2)
            {
                // The queue of a step that is too slow.
                load.Arrived(waiting: 8);
            }
        }

        // It is tried after 2 s, then after 4 s; each time it turns out at once not to hold.
        Assert.IsGreaterThanOrEqualTo((10 * 150) - 3, low);
        Assert.IsLessThan(10 * 150, low);
    }

    [TestMethod]
    public void Begin_ClientsThatWaitForTheirAnswers_GetBackWhatTheGoalAllows()
    {
        // Three clients, each of which sends its next image when it has its answer: two always wait, at any step, and at the first the
        // goal is met too. The arrivals would keep it busy for ever.
        var load = Make();
        load.Arrived(waiting: 100);
        for (var image = 0; image < 4000 && load.Step > 0; image++)
        {
            _clock.Advance(0.02 * Fractions[load.Step]);
            load.Arrived(waiting: 2);
            load.Begin(waiting: 2);
        }

        Assert.AreEqual(0, load.Step);
    }

    [TestMethod]
    public void End_SlowDecoding_CountsAtEveryStep()
    {
        var load = Make();
        for (var image = 0; image < 200; image++)
        {
            load.End(0, TimeSpan.FromMilliseconds(60), computeFraction: 1);
        }

        // 40 ms of each image are not the network's.
        Assert.AreEqual(60.0, load.Expected(0).TotalMilliseconds, 0.01);
        Assert.AreEqual(45.0, load.Expected(2).TotalMilliseconds, 0.01);
        load.Arrived(waiting: 1);
        Assert.AreEqual(2, load.Step);
    }

    [TestMethod]
    public void End_ImagesCheaperThanGuessed_AreLearntAndStepsNotInUseScaled()
    {
        var load = Make();
        for (var image = 0; image < 1000; image++)
        {
            load.End(1, TimeSpan.FromMilliseconds(4), computeFraction: 0.2);
        }

        // Two fifths of what was given: of the step itself, and of those that were not in use.
        Assert.AreEqual(0.4, load.ComputeFraction(0), 1e-9);
        Assert.AreEqual(0.2, load.ComputeFraction(1), 1e-9);
        Assert.AreEqual(0.1, load.ComputeFraction(2), 1e-9);
        Assert.AreEqual(4.0, load.Expected(1).TotalMilliseconds, 0.01);
    }

    [TestMethod]
    public void ComputeFraction_HarderImagesAtALaterStep_IsNeverAboveAMoreAccurateOne()
    {
        var load = Make();
        for (var image = 0; image < 1000; image++)
        {
            load.End(2, TimeSpan.FromMilliseconds(10), computeFraction: 0.6);
        }

        for (var image = 0; image < 1000; image++)
        {
            load.End(1, TimeSpan.FromMilliseconds(10), computeFraction: 0.3);
        }

        Assert.AreEqual(0.3, load.ComputeFraction(1), 1e-6);
        Assert.AreEqual(0.3, load.ComputeFraction(2), 1e-6);
    }

    [TestMethod]
    public void End_OneImage_CountsAsOneOfEleven()
    {
        var load = Make();
        load.End(1, TimeSpan.FromMilliseconds(4), computeFraction: 0.06);

        // Half was given for this step, and a quarter for the one below.
        Assert.AreEqual(((10 * 0.5) + 0.06) / 11, load.ComputeFraction(1), 1e-12);
        Assert.AreEqual(0.5 * ((10 * 0.5) + 0.06) / 11, load.ComputeFraction(2), 1e-12);
    }

    [TestMethod]
    public void Relieve_FullQueue_GoesToTheLastStepOnce()
    {
        var load = Make();

        Assert.IsTrue(load.Relieve());
        Assert.AreEqual(2, load.Step);
        Assert.IsFalse(load.Relieve());
    }

    [TestMethod]
    public void Relieve_OneStep_LeavesOnlyARefusal()
        => Assert.IsFalse(new LoadController(TimeSpan.FromMilliseconds(1), [0.3]).Relieve());

    [TestMethod]
    public void Create_BadArguments_SaySo()
    {
        Assert.StartsWith(
            "LoadControllerOptions has 2 faults: TargetMilliseconds must be above 0 and at most 600000, got 0. ",
            Assert.ThrowsExactly<ArgumentException>(() => new LoadController(
                TimeSpan.FromMilliseconds(1), [1], new LoadControllerOptions { TargetMilliseconds = 0, Engines = 0 })).Message);
        Assert.ThrowsExactly<ArgumentException>(() => new LoadController(TimeSpan.Zero, [1]));
        Assert.ThrowsExactly<ArgumentException>(() => new LoadController(TimeSpan.FromMilliseconds(1), []));
        Assert.ThrowsExactly<ArgumentException>(() => new LoadController(TimeSpan.FromMilliseconds(1), [1, 0]));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Make().End(3, TimeSpan.Zero, 1));
    }

    private LoadController Make(double wholeMilliseconds = 20, int engines = 1) => new(
        TimeSpan.FromMilliseconds(wholeMilliseconds), Fractions, new LoadControllerOptions { Engines = engines }, _clock);
}
