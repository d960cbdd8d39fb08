using AdaptiveInference.ML.Training.Data;

namespace AdaptiveInference.ML.Tests.Training.Data;

[TestClass]
public sealed class DataSplitTests
{
    private static readonly int[] Labels = [.. Enumerable.Range(0, 100).Select(i => i < 70 ? 0 : i < 90 ? 1 : 2)];

    [TestMethod]
    public void Stratified_Tenth_TakesATenthOfEveryClass()
    {
        var (training, validation) = DataSplit.Stratified(Labels, 3, 0.1f, 1);
        Assert.HasCount(90, training);
        CollectionAssert.AreEqual(
            (int[])[7, 2, 1], Enumerable.Range(0, 3).Select(label => validation.Count(image => Labels[image] == label)).ToArray());
        CollectionAssert.AreEqual(Enumerable.Range(0, 100).ToArray(), training.Concat(validation).Order().ToArray());
    }

    [TestMethod]
    public void Stratified_Zero_HoldsOutNothing()
    {
        var (training, validation) = DataSplit.Stratified(Labels, 3, 0, 1);
        Assert.HasCount(100, training);
        Assert.IsEmpty(validation);
    }

    [TestMethod]
    public void Stratified_ClassOfOneImage_StaysInTraining()
    {
        var (training, _) = DataSplit.Stratified([0, 1, 0, 0], 2, 0.9f, 1);
        CollectionAssert.Contains(training, 1);
    }

    [TestMethod]
    public void Stratified_SameSeed_SameSplit()
    {
        CollectionAssert.AreEqual(DataSplit.Stratified(Labels, 3, 0.2f, 5).Validation, DataSplit.Stratified(Labels, 3, 0.2f, 5).Validation);
        CollectionAssert.AreNotEqual(
            DataSplit.Stratified(Labels, 3, 0.2f, 5).Validation, DataSplit.Stratified(Labels, 3, 0.2f, 6).Validation);
    }
}
