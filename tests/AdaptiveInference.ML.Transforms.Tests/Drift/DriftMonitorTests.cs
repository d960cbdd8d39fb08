using System.Text;
using AdaptiveInference.ML.Transforms.Drift;

namespace AdaptiveInference.ML.Transforms.Tests.Drift;

[TestClass]
public sealed class DriftMonitorTests
{
    [TestMethod]
    public void Constructor_BadOptions_ListsAllOfThem()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => new DriftMonitor(
            new DriftMonitorOptions { AllowedRate = 0, Confidence = 1, Share = 1.5 }));

        Assert.AreEqual(
            "DriftMonitorOptions has 3 faults: AllowedRate must be above 0 and less than 1, got 0. Confidence must be from 0.5 to less "
            + "than 1, got 1. Share must be above 0 and at most 1, got 1.5.",
            error.Message);
    }

    [TestMethod]
    public void Report_NothingSeen_IsInDoubt()
    {
        var report = new DriftMonitor().Report;

        Assert.AreEqual(DriftVerdict.InDoubt, report.Verdict);
        Assert.AreEqual((0, 0, 0), (report.RowsSeen, report.RowsChecked, report.Disagreements));
        Assert.IsTrue(double.IsNaN(report.Rate));
        Assert.AreEqual((0.0, 1.0, 1.0), (report.LowerBound, report.UpperBound, report.Level));
        Assert.AreEqual("In doubt: no row of 0 checked yet, 1 % allowed.", report.ToString());
    }

    [TestMethod]
    public void Report_AgreementAlone_HoldsOnceTheBoundIsBelowWhatIsAllowed()
    {
        var monitor = new DriftMonitor();
        while (monitor.Report.UpperBound > 0.01)
        {
            Assert.AreEqual(DriftVerdict.InDoubt, monitor.Report.Verdict);
            monitor.Record(disagrees: false);
        }

        Assert.AreEqual(DriftVerdict.Holds, monitor.Report.Verdict);
        Assert.IsInRange(400, 700, monitor.Report.RowsChecked);
    }

    [TestMethod]
    public void Report_DisagreementsAlone_AreBrokenAndStayBroken()
    {
        // At 1 % one disagreement may well be chance, and four in a row may not.
        var monitor = new DriftMonitor();
        Record(monitor, 1, disagrees: true);
        Assert.AreEqual(DriftVerdict.InDoubt, monitor.Report.Verdict);
        Record(monitor, 3, disagrees: true);
        Assert.AreEqual(DriftVerdict.Broken, monitor.Report.Verdict);
        Assert.IsLessThan(0.05, monitor.Report.Level);

        Record(monitor, 3000, disagrees: false);

        var report = monitor.Report;
        Assert.IsLessThan(0.01, report.UpperBound);
        Assert.AreEqual(DriftVerdict.Broken, report.Verdict);
        Assert.StartsWith("Broken: 4 of 3,004 checked rows differ from the whole network (0.13 %, with a confidence of 95 % from ",
            report.ToString());
        Assert.AreEqual(report.ToString(), monitor.ToString());
    }

    [TestMethod]
    public void ToString_NearlyNothingAllowedOrAll_IsNotRounded()
    {
        var little = new DriftMonitor(new DriftMonitorOptions { AllowedRate = 1e-9, Confidence = 0.999999 });
        var much = new DriftMonitor(new DriftMonitorOptions { AllowedRate = 0.9999999 });
        Record(much, 1, disagrees: true);

        Assert.AreEqual("In doubt: no row of 0 checked yet, 0.0000001 % allowed.", little.ToString());
        StringAssert.StartsWith(
            much.ToString(), "In doubt: 1 of 1 checked row differs from the whole network (100.00 %, with a confidence of 95 % from ");
        StringAssert.Contains(much.ToString(), " 99.99999 % allowed; 1 row seen;");
    }

    [TestMethod]
    public void Report_LowerBoundAboveWhatIsAllowed_IsNeverShownWithoutBroken()
    {
        foreach (var seed in Enumerable.Range(1, 20))
        {
            var (random, monitor) = (new Random(seed), new DriftMonitor(new DriftMonitorOptions { AllowedRate = 0.05 }));
            for (var row = 0; row < 600; row++)
            {
                monitor.Record(random.NextDouble() < 0.1);
                var report = monitor.Report;
                Assert.IsTrue(report.LowerBound <= 0.05 || report.Verdict == DriftVerdict.Broken, report.ToString());
            }
        }
    }

    [TestMethod]
    public void Report_NewBreakAfterALongGoodTime_NoLongerHolds()
    {
        var monitor = new DriftMonitor();
        Record(monitor, 20_000, disagrees: false);
        Assert.AreEqual(DriftVerdict.Holds, monitor.Report.Verdict);

        var (doubted, rows) = (false, 0);
        for (; monitor.Report.Verdict != DriftVerdict.Broken; rows++)
        {
            monitor.Record(disagrees: rows % 5 == 0);
            doubted |= monitor.Report.Verdict == DriftVerdict.InDoubt;
        }

        Assert.IsTrue(doubted, "The mean over all rows alone would have said that it holds until the end.");
        Assert.IsLessThan(100, rows);
        Assert.IsLessThan(0.01, monitor.Report.UpperBound);
    }

    [TestMethod]
    public void Draws_AShare_TakesThatShareAndTheSameRowsAgain()
    {
        var (first, second) = (Drawn(1), Drawn(1));

        Assert.IsInRange(0.009, 0.011, first.Count(drawn => drawn) / 100_000.0);
        CollectionAssert.AreEqual(first, second);
        CollectionAssert.AreNotEqual(first, Drawn(2));
        Assert.IsTrue(Enumerable.Range(1, 1000).All(row => new RowDraw(1, 7).Takes(row)));

        static bool[] Drawn(int seed)
        {
            var monitor = new DriftMonitor(new DriftMonitorOptions { Seed = seed });
            return [.. Enumerable.Range(0, 100_000).Select(_ => monitor.Draws())];
        }
    }

    [TestMethod]
    public void Draws_ManyThreads_CountEveryRowAndDrawTheSameNumbers()
    {
        var (alone, together) = (new DriftMonitor(), new DriftMonitor());
        for (var row = 0; row < 40_000; row++)
        {
            Check(alone);
        }

        Parallel.For(0, 40_000, _ => Check(together));

        Assert.AreEqual(alone.Report, together.Report);
        Assert.AreEqual(40_000, together.Report.RowsSeen);
        Assert.IsGreaterThan(300, together.Report.RowsChecked);

        static void Check(DriftMonitor monitor)
        {
            if (monitor.Draws())
            {
                monitor.Add(disagrees: false);
            }
        }
    }

    [TestMethod]
    public void Draws_UncheckedRows_AllocateNothing()
    {
        var monitor = new DriftMonitor(new DriftMonitorOptions { Share = 1e-9 });
        monitor.Draws();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var row = 0; row < 1000; row++)
        {
            monitor.Draws();
        }

        Assert.AreEqual(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [TestMethod]
    public void SaveAndLoad_MidStream_GoesOnToTheSameReport()
    {
        var options = new DriftMonitorOptions { AllowedRate = 0.03, Confidence = 0.9, Share = 0.1, Seed = 11 };
        var (random, whole) = (new Random(1), new DriftMonitor(options));
        Feed(500, [whole]);
        using var stream = new MemoryStream();
        whole.Save(stream);
        stream.Position = 0;
        var resumed = DriftMonitor.Load(stream);
        Assert.AreEqual(options, resumed.Options);
        Assert.AreEqual(whole.Report, resumed.Report);

        Feed(500, [whole, resumed]);

        Assert.AreEqual(whole.Report, resumed.Report);
        Assert.IsGreaterThan(10, whole.Report.Disagreements);

        void Feed(int rows, DriftMonitor[] monitors)
        {
            for (var row = 0; row < rows; row++)
            {
                var disagrees = random.NextDouble() < 0.2;
                foreach (var monitor in monitors)
                {
                    if (monitor.Draws())
                    {
                        monitor.Add(disagrees);
                    }
                }
            }
        }
    }

    [TestMethod]
    public void SaveAndLoad_AFile_IsSmallAndWhole()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "drift.json");
        var monitor = new DriftMonitor();
        Record(monitor, 5, disagrees: true);

        monitor.Save(path);

        Assert.AreEqual(monitor.Report, DriftMonitor.Load(path).Report);
        Assert.IsLessThan(1000, new FileInfo(path).Length);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [TestMethod]
    [DataRow("", "", "The stream is not the state of a drift monitor: ")]
    [DataRow("\"version\": 1", "\"version\": 2", "Its version is not 1, which this package reads.")]
    [DataRow("\"allowedRate\": 0.01", "\"allowedRate\": 7", "AllowedRate must be above 0 and less than 1, got 7.")]
    [DataRow("\"rowsSeen\": 4", "\"rowsSeen\": 2", "Its counts contradict each other.")]
    [DataRow("\"disagreements\": 1", "\"disagreements\": -1", "Its counts contradict each other.")]
    [DataRow("\"rowsSeen\": 4", "\"rowsSeen\": 4.5", "'rowsSeen' is not a whole number of 64 bits.")]
    [DataRow("\"rowsSeen\": 4", "\"rowsSeen\": 4, \"rowsSeen\": 4", "The stream is not the state of a drift monitor: ")]
    [DataRow("\"seed\": 1,", "", "It has 9 members instead of 10.")]
    [DataRow("\"largestEvidence\": ", "\"largestEvidence\": -", "Its evidence is not that of a monitor.")]
    [DataRow("\"largestEvidence\": ", "\"largestEvidence\": 1e999, \"x\": ", "It has 11 members instead of 10.")]
    [DataRow("[", "[1e999,", "Its evidence is not that of a monitor.")]
    [DataRow("[", "[0,", "Its evidence is not that of a monitor.")]
    [DataRow("[", "[[[[", "The stream is not the state of a drift monitor: ")]
    public void Load_AlteredState_IsRefused(string old, string replacement, string message)
    {
        var monitor = new DriftMonitor();
        monitor.Record(disagrees: true);
        Record(monitor, 3, disagrees: false);
        using var saved = new MemoryStream();
        monitor.Save(saved);
        var text = Encoding.UTF8.GetString(saved.ToArray());
        Assert.Contains(old, text);
        var altered = old == "" ? text[..^2] : text.Replace(old, replacement, StringComparison.Ordinal);

        var error = Assert.ThrowsExactly<FormatException>(
            () => DriftMonitor.Load(new MemoryStream(Encoding.UTF8.GetBytes(altered))));

        Assert.StartsWith("The stream is not the state of a drift monitor: ", error.Message);
        Assert.Contains(message, error.Message);
        Assert.EndsWith("Start a new monitor, or take a file that DriftMonitor.Save wrote.", error.Message);
    }

    [TestMethod]
    [DataRow(0, "(?<=\"largestEvidence\": )[^,]+", "50")]
    [DataRow(0, "(?<=\\[)[^,]+", "0.4")]
    [DataRow(4, "(?<=\\[)[^,]+", "1e9")]
    [DataRow(40, "(?<=\"largestEvidence\": )[^,]+", "1")]
    public void Load_EvidenceThatNoRowsGive_IsRefused(int rows, string pattern, string replacement)
    {
        var monitor = new DriftMonitor();
        Record(monitor, rows, disagrees: true);
        using var saved = new MemoryStream();
        monitor.Save(saved);
        var text = Encoding.UTF8.GetString(saved.ToArray());
        var altered = new System.Text.RegularExpressions.Regex(pattern).Replace(text, replacement, 1);
        Assert.AreNotEqual(text, altered);

        var error = Assert.ThrowsExactly<FormatException>(
            () => DriftMonitor.Load(new MemoryStream(Encoding.UTF8.GetBytes(altered))));

        Assert.Contains("Its evidence is not that of its counts.", error.Message);
        Assert.AreEqual(monitor.Report, DriftMonitor.Load(new MemoryStream(saved.ToArray())).Report);
    }

    [TestMethod]
    public void Load_LongStream_IsRefusedWithoutReadingIt()
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(new string(' ', 1_000_000)));

        var error = Assert.ThrowsExactly<FormatException>(() => DriftMonitor.Load(stream));

        Assert.Contains("It is longer than 4096 bytes.", error.Message);
        Assert.IsLessThan(10_000, stream.Position);
    }

    private static void Record(DriftMonitor monitor, int rows, bool disagrees)
    {
        for (var row = 0; row < rows; row++)
        {
            monitor.Record(disagrees);
        }
    }
}
