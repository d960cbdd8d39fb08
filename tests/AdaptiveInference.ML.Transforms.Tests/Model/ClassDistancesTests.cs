using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Tests.Model;

[TestClass]
public sealed class ClassDistancesTests
{
    // Two classes of two channels: (3, 4) is (0.6, 0.8) at length 1.
    private static readonly HeadDistances Head = new([1, 0, 0, 1], [2, 0.5f]);

    [TestMethod]
    public void Of_AClass_IsTheWeightedSquaredDistanceOfDirections()
    {
        Assert.AreEqual((2 * 0.16) + (0.5 * 0.64), Head.Of([3, 4], 0), 1e-9);
        Assert.AreEqual((2 * 0.36) + (0.5 * 0.04), Head.Of([3, 4], 1), 1e-9);

        // Brightness is no distance, and what stands behind the head's channels is another head's.
        Assert.AreEqual(Head.Of([3, 4], 0), Head.Of([300, 400, 17, 18], 0), 1e-9);
        Assert.AreEqual(2 * 1.0, Head.Of([0, 0], 0), 1e-9);
    }

    [TestMethod]
    public void Score_BeyondWhatIsUsual_FallsWithTheSquareAndNeverRises()
    {
        var far = new HeadDistances(Head.Means, [8, 2]);
        var distances = new ClassDistances([Head, far]);

        Assert.AreEqual(0.9f, distances.Score(0, 0, 0.9f, [3, 4]));
        Assert.AreEqual(0.9 / Math.Pow(4 * 0.64, 2), distances.Score(1, 0, 0.9f, [3, 4]), 1e-6);
        Assert.AreEqual(0.5f, ClassDistances.Lower(0.5f, 0));
        Assert.AreEqual(0.5f, ClassDistances.Lower(0.5f, 1));
        Assert.AreEqual(0.125f, ClassDistances.Lower(0.5f, 2));
        Assert.IsTrue(float.IsNaN(ClassDistances.Lower(0.5f, double.NaN)));
    }
}
