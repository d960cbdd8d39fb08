using AdaptiveInference.ML.Training.Data;

namespace AdaptiveInference.ML.Tests.Training.Data;

[TestClass]
public sealed class PixelStoreTests
{
    private static readonly float[] Whole = [0, 1, 127, 255, 3, 9];
    private static readonly float[] Fractional = [0.5f, -1, 127, 300, 3, 9];

    [TestMethod]
    public void Append_WholePixels_HoldsBytes()
    {
        using var store = Store(Whole, Whole);
        Assert.IsTrue(store.HoldsBytes);
        AssertHolds(store, Whole, Whole);
    }

    [TestMethod]
    [DataRow(0.5f)]
    [DataRow(-1f)]
    [DataRow(256f)]
    public void Append_OnePixelNoByte_HoldsFloats(float pixel)
    {
        float[] image = [0, 1, 2, 3, 4, pixel];
        using var store = Store(image);
        Assert.IsFalse(store.HoldsBytes);
        AssertHolds(store, image);
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(1 << 20)]
    public void Append_FractionsAfterWholePixels_KeepsBoth(int memoryLimit)
    {
        using var store = new PixelStore(6, Path.GetTempPath(), memoryLimit);
        foreach (var image in (float[][])[Whole, Whole, Fractional, Whole])
        {
            store.Append(image);
        }

        store.Complete();
        Assert.IsFalse(store.HoldsBytes);
        Assert.AreEqual(memoryLimit == 0, store.IsOnDisk);
        AssertHolds(store, Whole, Whole, Fractional, Whole);
    }

    private static PixelStore Store(params float[][] images)
    {
        var store = new PixelStore(6, Path.GetTempPath());
        foreach (var image in images)
        {
            store.Append(image);
        }

        store.Complete();
        return store;
    }

    private static void AssertHolds(PixelStore store, params float[][] images)
    {
        Assert.AreEqual(images.Length, store.Count);
        for (var i = 0; i < images.Length; i++)
        {
            var read = new float[6];
            store.Read(i, read);
            CollectionAssert.AreEqual(images[i], read);
        }
    }
}
