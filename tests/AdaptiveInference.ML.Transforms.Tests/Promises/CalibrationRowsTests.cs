using AdaptiveInference.ML.Transforms.Promises;

namespace AdaptiveInference.ML.Transforms.Tests.Promises;

[TestClass]
public sealed class CalibrationRowsTests
{
    [TestMethod]
    public void OneOfEachGroup_RowsOfThreeGroups_CertifyOncePerGroup()
    {
        int?[] groups = [1, 1, 1, null, 2, 2, null, 3, 3];
        bool[] certifies = [true, true, true, true, true, true, true, false, false];

        var drawn = Enumerable.Range(0, 300).Select(seed => CalibrationRows.OneOfEachGroup(groups, certifies, seed)).ToArray();

        Assert.IsTrue(drawn.All(rows => rows.Length == 4 && rows.Contains(3) && rows.Contains(6) && !rows.Any(row => row > 6)));
        Assert.IsTrue(drawn.All(rows => rows.Count(row => row < 3) == 1 && rows.Count(row => row is 4 or 5) == 1));

        // Each row of a group as often as the others.
        foreach (var row in (int[])[0, 1, 2])
        {
            Assert.IsInRange(70, 130, drawn.Count(rows => rows.Contains(row)));
        }
    }
}
