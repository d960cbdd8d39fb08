using AdaptiveInference.ML.Transforms.Budget;

namespace AdaptiveInference.ML.Transforms.Tests.Budget;

[TestClass]
public sealed class CalibrationHalvesTests
{
    [TestMethod]
    public void Next_RowsByThemselves_AreHalvedExactlyAndReproducibly()
    {
        var (first, again, other) = (Sides(1), Sides(1), Sides(2));

        Assert.AreEqual(500, first.Count(certifies => certifies));
        CollectionAssert.AreEqual(first, again);
        CollectionAssert.AreNotEqual(first, other);

        // Neither every second row nor the first half: a coin decides within each pair.
        Assert.IsInRange(180, 320, Enumerable.Range(0, 500).Count(pair => first[2 * pair]));
        Assert.IsTrue(Enumerable.Range(0, 500).All(pair => first[2 * pair] != first[(2 * pair) + 1]));
    }

    [TestMethod]
    public void Next_RowsOfOneGroup_StayTogether()
    {
        var halves = new CalibrationHalves(3);
        var sides = Enumerable.Range(0, 60).Select(row => (Group: row % 6, Side: halves.Next(row % 6))).ToList();

        Assert.IsTrue(sides.GroupBy(row => row.Group).All(group => group.Select(row => row.Side).Distinct().Count() == 1));
        Assert.AreEqual(30, sides.Count(row => row.Side));
    }

    private static bool[] Sides(int seed)
    {
        var halves = new CalibrationHalves(seed);
        return [.. Enumerable.Range(0, 1_000).Select(_ => halves.Next(null))];
    }
}
