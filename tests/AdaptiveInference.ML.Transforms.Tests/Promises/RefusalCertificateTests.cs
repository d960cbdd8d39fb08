using AdaptiveInference.ML.Transforms.Promises;
using AdaptiveInference.ML.Transforms.Statistics;

namespace AdaptiveInference.ML.Transforms.Tests.Promises;

[TestClass]
public sealed class RefusalCertificateTests
{
    [TestMethod]
    public void Find_ErrorsBelowAScore_AcceptsWhatTheTailAllows()
    {
        // Rows from 1.000 downwards; those below 0.5 are all wrong, the others right. At 2 % and 95 % 0 errors take 149 rows, and of n rows
        // the first 500 are right: 501 to 503 accepted rows may hold the errors that the tail allows.
        var rows = Enumerable.Range(0, 1_000).Select(i => (Score: 1 - (i / 1_000f), IsWrong: i >= 500)).ToArray();

        var refusal = RefusalCertificate.Find(rows, rows, new RefusalOptions());

        var allowed = Enumerable.Range(0, 500).Last(errors => BinomialBound.AtMost(errors, 500 + errors, 0.02) <= 1 - 0.95);
        Assert.IsGreaterThan(0, allowed);
        Assert.IsInRange(500, 500 + allowed, refusal.Accepted);
        Assert.AreEqual(refusal.Accepted - 500, refusal.Errors);
        Assert.AreEqual(rows.Count(row => row.Score >= refusal.Threshold), refusal.Accepted);
        Assert.IsNull(refusal.RowsNeeded);
        Assert.AreEqual(BinomialBound.UpperBound(refusal.Errors, refusal.Accepted, 0.95), refusal.UpperBound);
        Assert.IsLessThanOrEqualTo(0.02, refusal.UpperBound);
        Assert.AreEqual(refusal.Accepted / 1_000.0, refusal.Coverage);
    }

    [TestMethod]
    public void Find_NothingWrong_AcceptsEveryAnswer()
    {
        var rows = Enumerable.Range(0, 400).Select(i => (Score: 0.5f + (i / 1_000f), IsWrong: false)).ToArray();

        var refusal = RefusalCertificate.Find(rows, rows, new RefusalOptions());

        Assert.AreEqual(0f, refusal.Threshold);
        Assert.IsTrue(refusal.Accepts(0));
        var energy = RefusalCertificate.Find(rows, rows, new RefusalOptions { Score = RefusalScore.Energy });
        Assert.IsTrue(energy.Accepts(-50));
    }

    [TestMethod]
    public void Find_TooFewRows_AcceptsNoneAndSaysHowManyWouldDo()
    {
        var rows = Enumerable.Range(0, 100).Select(i => (Score: 0.5f + (i / 1_000f), IsWrong: false)).ToArray();

        var refusal = RefusalCertificate.Find(rows, rows, new RefusalOptions());

        Assert.IsNull(refusal.Threshold);
        Assert.IsFalse(refusal.Accepts(1));

        // 0.98^149 is the first power below 0.05; half as many again, because two thirds of the rows certify.
        Assert.AreEqual(224L, refusal.RowsNeeded);
        StringAssert.Contains(refusal.ToString(), "Give at least 224 calibration rows");
    }

    [TestMethod]
    public void Find_AlwaysWrong_SaysThatMoreRowsWouldNotHelp()
    {
        var rows = Enumerable.Range(0, 1_000).Select(i => (Score: i / 1_000f, IsWrong: i % 2 == 0)).ToArray();

        var refusal = RefusalCertificate.Find(rows, rows, new RefusalOptions());

        Assert.IsNull(refusal.Threshold);
        Assert.AreEqual(0L, refusal.RowsNeeded);
        StringAssert.Contains(refusal.ToString(), "more rows would not help");
    }

    [TestMethod]
    public void Accepts_NotANumber_IsRefusedAtEveryThreshold()
    {
        var rows = Enumerable.Range(0, 400).Select(i => (Score: 0.5f + (i / 1_000f), IsWrong: false)).ToArray();

        Assert.IsFalse(RefusalCertificate.Find(rows, rows, new RefusalOptions()).Accepts(float.NaN));
    }

    [TestMethod]
    public void Find_EqualScores_StandOrFallTogether()
    {
        // 300 right answers of the score 0.9; 20 wrong and 20 right ones of 0.5.
        (float Score, bool IsWrong)[] rows =
        [
            .. Enumerable.Repeat((0.9f, false), 300), .. Enumerable.Repeat((0.5f, true), 20), .. Enumerable.Repeat((0.5f, false), 20),
        ];

        var refusal = RefusalCertificate.Find(rows, rows, new RefusalOptions());

        Assert.AreEqual(0.9f, refusal.Threshold);
        Assert.AreEqual((300L, 0L), (refusal.Accepted, refusal.Errors));
    }

    [TestMethod]
    public void Find_RowsDrawnAgain_BreaksThePromiseSeldom()
    {
        // An answer of score s is wrong with probability (1 − s)² ÷ 2, s uniform: above t the risk is (1 − t)² ÷ 6.
        var (random, broken) = (new Random(11), 0);
        const int draws = 400;
        for (var draw = 0; draw < draws; draw++)
        {
            var refusal = RefusalCertificate.Find(Rows(random, 1_500), Rows(random, 1_500), new RefusalOptions());
            broken += refusal.Threshold is { } t && Math.Pow(1 - t, 2) / 6 > 0.02 ? 1 : 0;
        }

        Assert.IsLessThanOrEqualTo(0.05 + (2 * Math.Sqrt(0.05 * 0.95 / draws)), broken / (double)draws);
        Assert.IsGreaterThan(0, broken);
    }

    private static (float Score, bool IsWrong)[] Rows(Random random, int count)
    {
        var rows = new (float, bool)[count];
        for (var i = 0; i < count; i++)
        {
            var score = random.NextSingle();
            rows[i] = (score, random.NextDouble() < (1 - score) * (1 - score) / 2);
        }

        return rows;
    }
}
