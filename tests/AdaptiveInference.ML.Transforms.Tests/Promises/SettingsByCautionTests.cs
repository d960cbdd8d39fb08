using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Promises;
using AdaptiveInference.ML.Transforms.Statistics;

namespace AdaptiveInference.ML.Transforms.Tests.Promises;

[TestClass]
public sealed class SettingsByCautionTests
{
    private const double Drop = 0.02;

    [TestMethod]
    public void Of_ExitThatErrsWhereItDoubts_GoesFromCarefulToBold()
    {
        var settings = Rows(new Random(1), 2_000);
        var all = Enumerable.Range(0, 2_000).ToArray();

        var path = SettingsByCaution.Of(settings, whole: 0, all);

        var counts = path.Steps.Select(step => settings[step.Setting].Count(all, step.Thresholds)).ToList();
        Assert.IsGreaterThan(5, counts.Count);
        for (var i = 1; i < counts.Count; i++)
        {
            Assert.IsLessThan(counts[i - 1].Fraction, counts[i].Fraction);
            Assert.IsLessThanOrEqualTo(path.Steps[i - 1].Thresholds[0], path.Steps[i].Thresholds[0]);
        }

        Assert.IsLessThan(0.01, counts[0].Errors / 2_000.0);
        Assert.IsGreaterThan(0.1, counts[^1].Errors / 2_000.0);
    }

    [TestMethod]
    public void Walk_FirstThatFails_EndsThePathThere()
    {
        // One error at a time: thresholds 0.9, 0.8, 0.7 let one more row leave each, the second of which is an error.
        var settings = new[]
        {
            new CalibrationAnswers
            {
                Policy = ScoringPolicy.Default, ExitCost = [0], Confidence = [[0.95, 0.85, 0.75, 0.1]],
                Cost = [[0.5, 0.5, 0.5, 0.5], [1, 1, 1, 1]], Error = [[false, true, false, false], [false, false, false, false]],
                Doubt = [[0.05, 0.15, 0.25, 0.9], [0, 0, 0, 0]],
            },
        };
        int[] rows = [0, 1, 2, 3];
        var path = SettingsByCaution.Of(settings, whole: 0, rows);
        var errors = path.Steps.Select(step => settings[0].Count(rows, step.Thresholds).Errors).ToList();

        var (careful, first) = path.Walk(settings, rows, allowed: 0);
        var (bold, _) = path.Walk(settings, rows, allowed: 1);
        var (none, _) = path.Walk(settings, rows, allowed: -1);

        Assert.AreEqual(errors[0], first);
        Assert.AreEqual(errors.FindIndex(count => count > 0) - 1, careful);
        Assert.AreEqual(errors.Count - 1, bold);
        Assert.AreEqual(-1, none);
    }

    [TestMethod]
    public void Count_ExitsThatAreAsked_CostThoseThatPassThem()
    {
        var answers = new CalibrationAnswers
        {
            Policy = ScoringPolicy.Default, ExitCost = [0.1, 0.2], Confidence = [[0.9, 0.5], [0.5, 0.5]],
            Cost = [[0.3, 0.3], [0.6, 0.6], [1, 1]], Error = [[true, true], [false, false], [false, true]],
            Doubt = [[0, 0], [0, 0], [0, 0]], ExitMacs = [0.01, 0.02], Macs = [[0.2, 0.2], [0.5, 0.5], [1, 1]],
        };

        // The first row leaves at the first exit, an error; the second passes both, an error.
        Assert.AreEqual(2, answers.Count([0, 1], [0.9f, 0.8f]).Errors);
        Assert.AreEqual((0.3 + 1 + 0.1 + 0.2) / 2, answers.Count([0, 1], [0.9f, 0.8f]).Fraction, 1e-12);

        Assert.AreEqual((0.2 + 1 + 0.01 + 0.02) / 2, answers.MeanMacs([0, 1], [0.9f, 0.8f]), 1e-12);

        // An exit at 1 is not asked, even for a row that is sure.
        Assert.AreEqual(1.0, answers.Count([0], [1, 1]).Fraction, 1e-12);
        Assert.AreEqual(0, answers.Count([0], [1, 1]).Errors);
        Assert.AreEqual(0.6, answers.Count([1], [1, 0.5f]).Fraction, 1e-12);
    }

    [TestMethod]
    public void Walk_RowsDrawnAgain_BreaksThePromiseSeldom()
    {
        // The truth of a setting from very many rows; a certificate from 800, half of which certify.
        var truth = Rows(new Random(99), 100_000);
        var everything = Enumerable.Range(0, 100_000).ToArray();
        var (random, broken, saved) = (new Random(7), 0, 0);
        const int draws = 300;
        for (var draw = 0; draw < draws; draw++)
        {
            var settings = Rows(random, 800);
            int[] choosing = [.. Enumerable.Range(0, 400)], certifying = [.. Enumerable.Range(400, 400)];
            var path = SettingsByCaution.Of(settings, whole: 0, choosing);
            var (boldest, _) = path.Walk(settings, certifying, BinomialBound.Allowed(400, Drop, 0.05));
            saved += boldest >= 0 ? 1 : 0;
            broken += boldest >= 0 && truth[0].Count(everything, path.Steps[boldest].Thresholds).Errors > Drop * 100_000 ? 1 : 0;
        }

        Assert.IsLessThanOrEqualTo(0.05 + (2 * Math.Sqrt(0.05 * 0.95 / draws)), broken / (double)draws);
        Assert.IsGreaterThan(draws * 9 / 10, saved);
        Assert.IsGreaterThan(0, broken);
    }

    // One exit: certain to a degree c, uniform, and wrong where the whole network is right with probability (1 − c) ÷ 3.
    private static CalibrationAnswers[] Rows(Random random, int count)
    {
        var confidence = new double[count];
        var error = new bool[count];
        for (var i = 0; i < count; i++)
        {
            confidence[i] = random.NextDouble();
            error[i] = random.NextDouble() < (1 - confidence[i]) / 3;
        }

        return
        [
            new CalibrationAnswers
            {
                Policy = ScoringPolicy.Default, ExitCost = [0], Confidence = [confidence],
                Cost = [[.. Enumerable.Repeat(0.3, count)], [.. Enumerable.Repeat(1.0, count)]],
                Error = [error, new bool[count]],
                Doubt = [Array.ConvertAll(confidence, c => 1 - c), new double[count]],
            },
        ];
    }
}
