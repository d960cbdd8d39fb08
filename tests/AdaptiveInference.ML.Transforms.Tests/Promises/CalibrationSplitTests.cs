using AdaptiveInference.ML.Transforms.Promises;

namespace AdaptiveInference.ML.Transforms.Tests.Promises;

[TestClass]
public sealed class CalibrationSplitTests
{
    [TestMethod]
    public void Next_RowsByThemselves_AreSplitExactlyAndReproducibly()
    {
        var (first, again, other) = (Sides(1), Sides(1), Sides(2));

        Assert.AreEqual(600, first.Count(certifies => certifies));
        CollectionAssert.AreEqual(first, again);
        CollectionAssert.AreNotEqual(first, other);

        // Neither every third row nor the first third: chance decides within each three.
        Assert.IsTrue(Enumerable.Range(0, 300).All(three => first.Skip(3 * three).Take(3).Count(certifies => !certifies) == 1));
        foreach (var place in (int[])[0, 1, 2])
        {
            Assert.IsInRange(70, 130, Enumerable.Range(0, 300).Count(three => !first[(3 * three) + place]));
        }
    }

    [TestMethod]
    public void Next_TwoRows_AreOneOfEach()
    {
        foreach (var seed in Enumerable.Range(0, 20))
        {
            var split = new CalibrationSplit(seed);

            Assert.AreNotEqual(split.Next(null), split.Next(null));
        }

        Assert.AreEqual(2, Enumerable.Range(0, 20).Select(seed => new CalibrationSplit(seed).Next(null)).Distinct().Count());
    }

    [TestMethod]
    public void Next_RowsOfOneGroup_StayTogether()
    {
        var split = new CalibrationSplit(3);
        var sides = Enumerable.Range(0, 60).Select(row => (Group: row % 6, Side: split.Next(row % 6))).ToList();

        Assert.IsTrue(sides.GroupBy(row => row.Group).All(group => group.Select(row => row.Side).Distinct().Count() == 1));
        Assert.AreEqual(40, sides.Count(row => row.Side));
    }

    private static bool[] Sides(int seed)
    {
        var split = new CalibrationSplit(seed);
        return [.. Enumerable.Range(0, 900).Select(_ => split.Next(null))];
    }
}
