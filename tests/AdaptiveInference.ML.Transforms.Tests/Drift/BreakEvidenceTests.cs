using AdaptiveInference.ML.Transforms.Drift;

namespace AdaptiveInference.ML.Transforms.Tests.Drift;

[TestClass]
public sealed class BreakEvidenceTests
{
    private const double Rate = 0.2;

    [TestMethod]
    public void Add_OneRow_IsByHand()
    {
        // Bets on odds ratios 16, 4, 2 … against 0.2: a disagreement is worth 16 ÷ (1 + 0.2·15) = 4, 4 ÷ 1.6 = 2.5, 2 ÷ 1.2 …; agreement
        // 1 ÷ 4, 1 ÷ 1.6, 1 ÷ 1.2 …. Half of the stake is bet, and 0.5 − 0.5 ÷ (1 + ln 1.001) of the rest.
        var (disagrees, agrees) = (new BreakEvidence(Rate), new BreakEvidence(Rate));
        var reserve = 0.5 / (1 + Math.Log(1.001));
        var bet = 1 - reserve;

        disagrees.Add(true);
        agrees.Add(false);

        Assert.AreEqual(bet * 4, disagrees.Bets[0], 1e-12);
        Assert.AreEqual(bet * 2.5, disagrees.Bets[1], 1e-12);
        Assert.AreEqual(bet / 1.2, agrees.Bets[2], 1e-12);
        var ratios = Enumerable.Range(0, 8).Select(i => Math.Pow(16, 1.0 / (1 << i))).ToArray();
        Assert.AreEqual(reserve + (bet * ratios.Average(r => r / (1 + (Rate * (r - 1))))), disagrees.Total, 1e-12);
        Assert.AreEqual(reserve + (bet * ratios.Average(r => 1 / (1 + (Rate * (r - 1))))), agrees.Total, 1e-12);
        Assert.AreEqual(disagrees.Total, disagrees.Largest);
        Assert.AreEqual(1, agrees.Largest);
    }

    [TestMethod]
    [DataRow(Rate, 0)]
    [DataRow(0.1, -1)]
    [DataRow(0.3, 1)]
    public void Total_OverAllStreams_HasAMeanOfOneAtTheAllowedRateOnly(double rate, int sign)
    {
        // Exact: every stream of 12 rows, weighted by its probability.
        const int Rows = 12;
        var mean = 0.0;
        for (var stream = 0; stream < 1 << Rows; stream++)
        {
            var (evidence, probability) = (new BreakEvidence(Rate), 1.0);
            for (var row = 0; row < Rows; row++)
            {
                var disagrees = ((stream >> row) & 1) == 1;
                evidence.Add(disagrees);
                probability *= disagrees ? rate : 1 - rate;
            }

            mean += probability * evidence.Total;
        }

        Assert.AreEqual(sign, Math.Abs(mean - 1) < 1e-11 ? 0 : Math.Sign(mean - 1), $"{mean}");
    }

    [TestMethod]
    public void Largest_StreamsAtTheAllowedRate_RarelyReachTheThreshold()
    {
        // Ville's bound is 5 %; 400 streams of 3,000 rows, looked at after every row.
        var (random, alarms) = (new Random(5), 0);
        for (var stream = 0; stream < 400; stream++)
        {
            var evidence = new BreakEvidence(Rate);
            for (var row = 0; row < 3000; row++)
            {
                evidence.Add(random.NextDouble() < Rate);
            }

            alarms += evidence.Largest >= 20 ? 1 : 0;
        }

        Assert.IsLessThanOrEqualTo(0.05 + (2 * Math.Sqrt(0.05 * 0.95 / 400)), alarms / 400.0);
    }

    [TestMethod]
    public void Largest_BreakAfterALongGoodTime_IsFoundSoonerThanByBetsFromTheStart()
    {
        var evidence = new BreakEvidence(0.01);
        var random = new Random(2);
        Add(20_000, 0.003);
        Assert.IsLessThan(20, evidence.Largest);

        Add(1500, 0.05);

        // Whoever bet from the first row on is still far behind: 21,500 rows have had fewer disagreements than were allowed.
        Assert.IsGreaterThan(20, evidence.Largest);

        void Add(int rows, double rate)
        {
            for (var row = 0; row < rows; row++)
            {
                evidence.Add(random.NextDouble() < rate);
            }
        }
    }

    [TestMethod]
    public void Constructor_OfAState_GoesOnAsIfNothingHadHappened()
    {
        var (random, whole) = (new Random(3), new BreakEvidence(Rate));
        var rows = Enumerable.Range(0, 200).Select(_ => random.NextDouble() < 0.3).ToArray();
        foreach (var row in rows[..120])
        {
            whole.Add(row);
        }

        var resumed = new BreakEvidence(Rate, whole.Rows, whole.Bets, whole.Largest);
        foreach (var row in rows[120..])
        {
            whole.Add(row);
            resumed.Add(row);
        }

        Assert.AreEqual(whole.Total, resumed.Total);
        Assert.AreEqual(whole.Largest, resumed.Largest);
        Assert.AreEqual(200, resumed.Rows);
    }
}
