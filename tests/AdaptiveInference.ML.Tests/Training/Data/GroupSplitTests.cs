using AdaptiveInference.ML.Training.Data;

namespace AdaptiveInference.ML.Tests.Training.Data;

[TestClass]
public sealed class GroupSplitTests
{
    // 100 images in groups of two of one class: 70 of class 0, 20 of class 1, 10 of class 2.
    private static readonly int[] Labels = [.. Enumerable.Range(0, 100).Select(i => i < 70 ? 0 : i < 90 ? 1 : 2)];
    private static readonly int[] Pairs = [.. Enumerable.Range(0, 100).Select(i => i / 2)];

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    public void Of_Pairs_StayTogetherAndKeepTheSharesOfClasses(int seed)
    {
        var (training, validation) = GroupSplit.Of(Labels, 3, Pairs, 0.2f, seed, "Object");

        // A fifth of 70, 20 and 10, all of them even.
        CollectionAssert.AreEqual(
            (int[])[14, 4, 2], Enumerable.Range(0, 3).Select(label => validation.Count(image => Labels[image] == label)).ToArray());
        CollectionAssert.AreEqual(Enumerable.Range(0, 100).ToArray(), training.Concat(validation).Order().ToArray());
        Assert.IsEmpty(training.Select(image => Pairs[image]).Intersect(validation.Select(image => Pairs[image])));
        CollectionAssert.AreEqual(training.Order().ToArray(), training);
        CollectionAssert.AreEqual(validation.Order().ToArray(), validation);
    }

    [TestMethod]
    public void Of_ClassesTooSmallForTheirShare_HoldsOutThatShareOfAll()
    {
        // Ten classes of five images each, every image by itself: half an image of each class is a tenth, and five of all.
        var labels = Enumerable.Range(0, 50).Select(i => i / 5).ToArray();

        var (_, validation) = GroupSplit.Of(labels, 10, [.. Enumerable.Range(0, 50)], 0.1f, 1, "Object");

        Assert.HasCount(5, validation);
        Assert.HasCount(5, validation.Select(image => labels[image]).Distinct());
    }

    [TestMethod]
    public void Of_MixedGroups_KeepEveryClassInTraining()
    {
        // Group 0 has all of class 1; the others are of class 0.
        int[] labels = [0, 1, 1, 0, 0, 0, 0, 0];
        int[] groups = [0, 0, 0, 1, 1, 2, 2, 3];

        var (training, validation) = GroupSplit.Of(labels, 2, groups, 0.5f, 1, "Object");

        Assert.IsTrue(new[] { 0, 1, 2 }.All(training.Contains));
        Assert.IsNotEmpty(validation);
    }

    [TestMethod]
    public void Of_GroupsLargerThanTheShare_HoldsOutTheSmallestThatCanBeSpared()
    {
        int[] labels = [0, 1, 0, 1, 0, 1, 0, 1, 0, 1];
        int[] groups = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1];

        var (_, validation) = GroupSplit.Of(labels, 2, groups, 0.1f, 1, "Object");

        CollectionAssert.AreEqual((int[])[6, 7, 8, 9], validation);
    }

    [TestMethod]
    public void Of_SameSeed_SameSplit()
    {
        CollectionAssert.AreEqual(Split(5), Split(5));
        CollectionAssert.AreNotEqual(Split(5), Split(6));
        static int[] Split(int seed) => GroupSplit.Of(Labels, 3, Pairs, 0.2f, seed, "Object").Validation;
    }

    [TestMethod]
    public void Of_OneGroup_Throws() => Assert.AreEqual(
        "Validation group column 'Object' must have at least two groups, and all 3 rows are of one. Choose another column, give a "
        + "ValidationSet, or leave ValidationGroupColumnName out.",
        Assert.ThrowsExactly<ArgumentException>(() => GroupSplit.Of([0, 1, 0], 2, [0, 0, 0], 0.1f, 1, "Object")).Message);

    [TestMethod]
    public void Of_EachGroupIsAClass_Throws() => Assert.AreEqual(
        "No group of validation group column 'Object' can be held out: each of the 2 has all rows of a class, which then could not be "
        + "learnt. Choose another column, give a ValidationSet, or leave ValidationGroupColumnName out.",
        Assert.ThrowsExactly<ArgumentException>(() => GroupSplit.Of([0, 1, 0, 1], 2, [0, 1, 0, 1], 0.5f, 1, "Object")).Message);
}
