using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Tests.Model;

[TestClass]
public sealed class FiniteFloatsTests
{
    [TestMethod]
    public void All_FiniteValuesOfAnySize_IsTrue()
    {
        for (var length = 0; length < 70; length++)
        {
            Assert.IsTrue(
                FiniteFloats.All(Enumerable.Range(0, length).Select(i => i % 2 == 0 ? float.MaxValue : float.MinValue).ToArray()));
            Assert.IsTrue(FiniteFloats.All(Enumerable.Repeat(float.Epsilon, length).ToArray()));
        }
    }

    [TestMethod]
    [DataRow(float.NaN)]
    [DataRow(float.PositiveInfinity)]
    [DataRow(float.NegativeInfinity)]
    public void All_OneOtherValueAnywhere_IsFalse(float value)
    {
        for (var length = 1; length < 70; length++)
        {
            for (var place = 0; place < length; place++)
            {
                var values = Enumerable.Repeat(-3.5f, length).ToArray();
                values[place] = value;
                Assert.IsFalse(FiniteFloats.All(values), $"{place} of {length}");
            }
        }
    }
}
