using AdaptiveInference.ML.Transforms.ExitHeads;

namespace AdaptiveInference.ML.Transforms.Tests.ExitHeads;

[TestClass]
public sealed class LbfgsTests
{
    [TestMethod]
    public void Minimise_Parabola_FindsItsLowestPoint()
    {
        // f = ½ Σ cᵢ (xᵢ − i)² + 3, whose curvatures differ by a factor of 100.
        float[] curvatures = [1, 10, 100, 25], at = [7, -3, 2, 50];

        var value = Lbfgs.Minimise(at, (x, gradient) =>
        {
            var sum = 3.0;
            for (var i = 0; i < x.Length; i++)
            {
                gradient[i] = curvatures[i] * (x[i] - i);
                sum += curvatures[i] * (x[i] - i) * (x[i] - i) / 2;
            }

            return sum;
        });

        Assert.AreEqual(3, value, 1e-5);
        for (var i = 0; i < at.Length; i++)
        {
            Assert.AreEqual(i, at[i], 1e-3);
        }
    }

    [TestMethod]
    public void Minimise_AtTheLowestPoint_StaysThere()
    {
        float[] at = [1, 2];
        var calls = 0;

        Lbfgs.Minimise(at, (_, gradient) =>
        {
            calls++;
            Array.Clear(gradient);
            return 5;
        });

        CollectionAssert.AreEqual(new float[] { 1, 2 }, at);
        Assert.AreEqual(1, calls);
    }
}
