using AdaptiveInference.ML.Transforms.ExitHeads;

namespace AdaptiveInference.ML.Transforms.Tests.ExitHeads;

[TestClass]
public sealed class RowFoldTests
{
    [TestMethod]
    public void Folds_SingleImages_HoldOutEachOnceAndEveryClassAlike()
    {
        int[] labels = [.. Enumerable.Range(0, 60).Select(row => row % 3)];

        var folds = RowFold.Folds(labels, [.. Enumerable.Range(0, 60)], 5, seed: 1);

        Assert.HasCount(5, folds);
        CollectionAssert.AreEquivalent(Enumerable.Range(0, 60).ToArray(), folds.SelectMany(fold => fold.Judging).ToArray());
        foreach (var fold in folds)
        {
            CollectionAssert.AreEquivalent(Enumerable.Range(0, 60).ToArray(), fold.Judging.Concat(fold.Learning).ToArray());
            CollectionAssert.AreEqual(new[] { 4, 4, 4 }, fold.Judging.CountBy(row => labels[row]).OrderBy(pair => pair.Key)
                .Select(pair => pair.Value).ToArray());
        }
    }

    [TestMethod]
    public void Folds_Groups_StayTogether()
    {
        int[] groups = [.. Enumerable.Range(0, 60).Select(row => row / 4)];
        int[] labels = [.. groups.Select(group => group % 2)];

        var folds = RowFold.Folds(labels, groups, 4, seed: 1);

        foreach (var fold in folds)
        {
            Assert.IsFalse(fold.Judging.Select(row => groups[row]).Intersect(fold.Learning.Select(row => groups[row])).Any());
            Assert.IsInRange(12, 16, fold.Judging.Length);
        }
    }

    [TestMethod]
    public void Folds_FewerGroupsThanParts_AreAsManyAsGroups()
        => Assert.HasCount(2, RowFold.Folds([0, 1, 0, 1], [7, 7, 3, 3], 5, seed: 1));

    [TestMethod]
    public void Folds_ClassOfOneGroup_IsLearntFromAndDoesNotJudge()
    {
        // Class 2 is group 9 alone: where it is held out nothing teaches it.
        int[] labels = [0, 0, 1, 1, 0, 1, 2, 2, 2], groups = [0, 1, 2, 3, 4, 5, 9, 9, 9];

        var folds = RowFold.Folds(labels, groups, 3, seed: 1);

        Assert.IsFalse(folds.Any(fold => fold.Judging.Any(row => labels[row] == 2)));
        Assert.AreEqual(6, folds.Sum(fold => fold.Judging.Length));
        Assert.AreEqual(2, folds.Count(fold => fold.Learning.Contains(7)));
    }

    [TestMethod]
    public void Folds_AnotherSeed_AreOthers()
    {
        int[] labels = [.. Enumerable.Range(0, 30).Select(row => row % 2)], groups = [.. Enumerable.Range(0, 30)];

        CollectionAssert.AreEqual(RowFold.Folds(labels, groups, 3, 1)[0].Judging, RowFold.Folds(labels, groups, 3, 1)[0].Judging);
        CollectionAssert.AreNotEqual(RowFold.Folds(labels, groups, 3, 1)[0].Judging, RowFold.Folds(labels, groups, 3, 2)[0].Judging);
    }
}
