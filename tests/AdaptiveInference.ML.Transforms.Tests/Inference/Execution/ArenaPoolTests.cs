using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Tests.Inference.Execution;

[TestClass]
public sealed class ArenaPoolTests
{
    [TestMethod]
    public void Most_ArenaOfTheLargestSize_IsSixteen()
    {
        var layout = Layout();

        Assert.AreEqual(16, WithLimit(layout.Length * sizeof(float), () => new ArenaPool(layout, helpers: 0)).Most);
        Assert.AreEqual(48, WithLimit(3 * layout.Length * sizeof(float), () => new ArenaPool(layout, helpers: 0)).Most);
        Assert.AreEqual(1, WithLimit(1, () => new ArenaPool(layout, helpers: 0)).Most, "A network that was let pass can score.");
        Assert.IsGreaterThan(1L << 40, WithLimit(long.MaxValue, () => new ArenaPool(layout, helpers: 0)).Most);
    }

    [TestMethod]
    public async Task Rent_AllAreRented_WaitsForOneToComeBack()
    {
        var pool = WithLimit(1, () => new ArenaPool(Layout(), helpers: 0));
        var first = pool.Rent();
        var renting = Task.Factory.StartNew(pool.Rent, TaskCreationOptions.LongRunning);

        Assert.IsFalse(renting.IsCompleted);
        pool.Return(first);

        Assert.AreSame(first, await renting);
    }

    private static ArenaLayout Layout()
    {
        var layout = new ArenaLayout(VectorWidth.Bits128);
        layout.Map(8, 10, 10);
        return layout;
    }

    private static T WithLimit<T>(long bytes, Func<T> make)
    {
        var limit = ResourceLimits.MaximumScratchBytes;
        try
        {
            ResourceLimits.MaximumScratchBytes = bytes;
            return make();
        }
        finally
        {
            ResourceLimits.MaximumScratchBytes = limit;
        }
    }
}
