using AdaptiveInference.ML.Training.Data;

namespace AdaptiveInference.ML.Tests.Training.Data;

[TestClass]
public sealed class RandomStreamTests
{
    [TestMethod]
    public void Next_Bound_MeetsEveryValueAboutAlike()
    {
        var stream = RandomStream.Of(1, RandomStream.Purpose.Order);
        var counts = new int[7];
        for (var i = 0; i < 7000; i++)
        {
            counts[stream.Next(7)]++;
        }

        Assert.IsTrue(counts.All(count => count is > 850 and < 1150), string.Join(' ', counts));
    }

    [TestMethod]
    public void Of_AnyPartDiffers_GivesAnotherStream()
    {
        RandomStream[] streams =
        [
            RandomStream.Of(1, RandomStream.Purpose.Order),
            RandomStream.Of(2, RandomStream.Purpose.Order),
            RandomStream.Of(1, RandomStream.Purpose.Split),
            RandomStream.Of(1, RandomStream.Purpose.Order, 1),
            RandomStream.Of(1, RandomStream.Purpose.Order, 0, 1),
            RandomStream.Of(1, RandomStream.Purpose.Order, 1, 1),
        ];
        var first = new List<ulong>();
        foreach (var stream in streams)
        {
            var copy = stream;
            first.Add(copy.Next());
        }

        Assert.HasCount(streams.Length, first.Distinct());
    }

    [TestMethod]
    public void Shuffle_SameStream_SameOrderOfAllValues()
    {
        var (a, b) = (Enumerable.Range(0, 50).ToArray(), Enumerable.Range(0, 50).ToArray());
        RandomStream.Of(1, RandomStream.Purpose.Order, 3).Shuffle(a);
        RandomStream.Of(1, RandomStream.Purpose.Order, 3).Shuffle(b);
        CollectionAssert.AreEqual(a, b);
        CollectionAssert.AreNotEqual(Enumerable.Range(0, 50).ToArray(), a);
        CollectionAssert.AreEqual(Enumerable.Range(0, 50).ToArray(), a.Order().ToArray());
    }
}
