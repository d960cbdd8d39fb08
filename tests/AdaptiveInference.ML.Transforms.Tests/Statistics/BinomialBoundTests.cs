using System.Numerics;
using AdaptiveInference.ML.Transforms.Statistics;

namespace AdaptiveInference.ML.Transforms.Tests.Statistics;

[TestClass]
public sealed class BinomialBoundTests
{
    /// <summary>Binary digits of the reference's fixed-point numbers.</summary>
    private const int Digits = 1600;

    [TestMethod]
    public void AtMost_ByHand_IsTheTail()
    {
        // Three tosses of a fair coin: 1, 3, 3, 1 of 8. One error in two rows at a quarter: 9/16 + 6/16.
        Assert.AreEqual(0.125, BinomialBound.AtMost(0, 3, 0.5), 1e-15);
        Assert.AreEqual(0.5, BinomialBound.AtMost(1, 3, 0.5), 1e-15);
        Assert.AreEqual(0.875, BinomialBound.AtMost(2, 3, 0.5), 1e-15);
        Assert.AreEqual(15 / 16.0, BinomialBound.AtMost(1, 2, 0.25), 1e-15);
        Assert.AreEqual(Math.Pow(0.99, 300), BinomialBound.AtMost(0, 300, 0.01), 1e-13);
        Assert.AreEqual(1.0, BinomialBound.AtMost(3, 3, 0.5));
        Assert.AreEqual(1.0, BinomialBound.AtMost(0, 0, 0.5));
        Assert.AreEqual(1.0, BinomialBound.AtMost(0, 5, 0));
        Assert.AreEqual(0.0, BinomialBound.AtMost(4, 5, 1));
        Assert.AreEqual(0.0, BinomialBound.AtMost(-1, 5, 0.5));
    }

    [TestMethod]
    [DataRow(1, 0, 0.3)]
    [DataRow(10, 3, 0.5)]
    [DataRow(300, 0, 0.01)]
    [DataRow(1_000, 4, 0.01)]
    [DataRow(1_000, 900, 0.97)]
    [DataRow(3_000, 100, 0.005)]
    [DataRow(10_000, 5, 1e-3)]
    [DataRow(100_000, 949, 0.01)]
    [DataRow(100_000, 600, 0.01)]
    [DataRow(100_000, 0, 1e-6)]
    [DataRow(100_000, 3, 1e-6)]
    [DataRow(100_000, 1_900, 0.02)]
    [DataRow(100_000, 49_000, 0.5)]
    [DataRow(100_000, 48_000, 0.5)]
    [DataRow(100_000, 51_000, 0.5)]
    [DataRow(100_000, 99_800, 0.999)]
    public void AtMost_AgainstExactArithmetic_AgreesToTwelveDigits(int rows, int errors, double rate)
    {
        var exact = Exact(errors, rows, rate);

        Assert.AreEqual(exact, BinomialBound.AtMost(errors, rows, rate), exact * 1e-12);
    }

    [TestMethod]
    public void AtMost_RandomCases_AgreesToTwelveDigits()
    {
        var random = new Random(5);
        for (var i = 0; i < 40; i++)
        {
            var rows = random.Next(1, 3_000);
            var rate = Math.Pow(10, -4 * random.NextDouble());
            var errors = (int)Math.Clamp((rows * rate) + (Math.Sqrt(rows * rate) * ((6 * random.NextDouble()) - 3)), 0, rows - 1);
            var exact = Exact(errors, rows, rate);

            Assert.AreEqual(exact, BinomialBound.AtMost(errors, rows, rate), exact * 1e-12, $"{errors} of {rows} at {rate}");
        }
    }

    [TestMethod]
    [DataRow(298, 0.01, -1)]
    [DataRow(299, 0.01, 0)]
    [DataRow(300, 0.01, 0)]
    [DataRow(1_000, 0.01, 4)]
    [DataRow(2_000, 0.01, 12)]
    [DataRow(0, 0.01, -1)]
    public void Allowed_OnePointAndNinetyFivePercent_IsKnown(int rows, double rate, int expected)
        => Assert.AreEqual(expected, BinomialBound.Allowed(rows, rate, 1 - 0.95));

    [TestMethod]
    public void Allowed_EveryNumberOfRows_IsTheLastThatPasses()
    {
        for (var rows = 1; rows < 700; rows += 3)
        {
            var allowed = BinomialBound.Allowed(rows, 0.03, 0.1);

            Assert.IsTrue(allowed < 0 || BinomialBound.AtMost(allowed, rows, 0.03) <= 0.1);
            Assert.IsGreaterThan(0.1, BinomialBound.AtMost(allowed + 1, rows, 0.03));
        }
    }

    [TestMethod]
    public void UpperBound_ByHand_IsClopperAndPearsons()
    {
        // Without errors: (1 − bound)^rows is what is left of the confidence. All wrong: 1.
        Assert.AreEqual(1 - Math.Pow(0.05, 1 / 300.0), BinomialBound.UpperBound(0, 300, 0.95), 1e-12);
        Assert.AreEqual(1.0, BinomialBound.UpperBound(7, 7, 0.95));
        Assert.AreEqual(1.0, BinomialBound.UpperBound(0, 0, 0.95));

        // scipy.stats.beta.ppf(0.95, 5, 996) and beta.ppf(0.9, 4, 17).
        Assert.AreEqual(0.05, BinomialBound.AtMost(4, 1_000, BinomialBound.UpperBound(4, 1_000, 0.95)), 1e-12);
        Assert.IsInRange(0.009, 0.0093, BinomialBound.UpperBound(4, 1_000, 0.95));
    }

    [TestMethod]
    public void RowsNeeded_OnePoint_IsWhereItPasses()
    {
        Assert.AreEqual(299L, BinomialBound.RowsNeeded(0, 0.01, 0.05));
        Assert.IsNull(BinomialBound.RowsNeeded(0.01, 0.01, 0.05));
        var rows = BinomialBound.RowsNeeded(0.004, 0.01, 0.05)!.Value;
        Assert.IsLessThanOrEqualTo(0.05, BinomialBound.AtMost((long)Math.Ceiling(0.004 * rows), rows, 0.01));
        Assert.IsInRange(700, 1_300, rows);
    }

    // Fixed-point arithmetic whose error is far below the smallest result: the terms by their recurrence from (1 − p)^rows, scaled.
    private static double Exact(int errors, int rows, double rate)
    {
        var bits = BitConverter.DoubleToInt64Bits(rate);
        var exponent = (int)((bits >> 52) & 0x7FF);
        var numerator = new BigInteger((bits & 0xFFFFFFFFFFFFF) | (exponent == 0 ? 0 : 1L << 52));
        var shift = 1075 - Math.Max(exponent, 1);
        var rest = (BigInteger.One << shift) - numerator;

        // Around the most probable number of errors a term is not small, so that the recurrence starts there; both sides are summed.
        var mode = (int)Math.Min(rows, (rows + 1L) * rate);
        BigInteger below = 0, all = 0;
        var term = BigInteger.One << Digits;
        for (var k = mode; k >= 0 && term > 0; k--)
        {
            all += term;
            below += k <= errors ? term : 0;
            term = term * k * rest / (rows - k + 1) / numerator;
        }

        term = BigInteger.One << Digits;
        for (var k = mode; k < rows && term > 0; k++)
        {
            term = term * (rows - k) * numerator / (k + 1) / rest;
            all += term;
            below += k + 1 <= errors ? term : 0;
        }

        // Their quotient with 60 digits more than the size of the result.
        var scale = 60 + (int)(all.GetBitLength() - below.GetBitLength());
        return (double)((below << scale) / all) * Math.Pow(2, -scale);
    }
}
