using AdaptiveInference.ML.LibTorch;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Tests.LibTorch;

[TestClass]
public sealed class ChannelsLastTests
{
    [TestInitialize]
    public void Start() => LibTorchRuntime.Start();

    [TestMethod]
    [DataRow(2, 3, 4, 5)]
    [DataRow(2, 1, 4, 5)]
    [DataRow(1, 3, 1, 1)]
    [DataRow(7, 16, 1, 1)]
    [DataRow(1, 1, 1, 1)]
    public void Of_AnyShape_HasTheSameValuesInTheOtherOrder(int n, int c, int h, int w)
    {
        using var scope = NewDisposeScope();

        // A part of a larger tensor, as the images of a batch may be.
        var tensor = arange((n + 1) * c * h * w, ScalarType.Float32).reshape(n + 1, c, h, w).narrow(0, 1, n);

        var result = ChannelsLast.Of(tensor);

        CollectionAssert.AreEqual(new long[] { c * h * w, 1, w * c, c }, result.stride());
        Assert.IsTrue(result.equal(tensor).all().item<bool>());
    }
}
