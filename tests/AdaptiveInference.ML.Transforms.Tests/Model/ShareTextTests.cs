using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Tests.Model;

[TestClass]
public sealed class ShareTextTests
{
    [TestMethod]
    [DataRow(0.01, "0.###", "1")]
    [DataRow(0.0125, "0.###", "1.25")]
    [DataRow(0.0, "0.0", "0.0")]
    [DataRow(1.0, "0.0", "100.0")]
    [DataRow(1.25, "0.0", "125.0")]
    [DataRow(0.95, "0.###", "95")]
    [DataRow(0.9996, "0.0", "99.96")]
    [DataRow(0.0004, "0.0", "0.04")]
    [DataRow(0.999999999999, "0.###", "99.9999999999")]
    [DataRow(1e-12, "0.###", "0.0000000001")]
    [DataRow(double.Epsilon, "0.###", "4.94E-322")]
    public void Percent_Share_IsNeverRoundedToAllOrNothing(double share, string format, string expected)
        => Assert.AreEqual(expected, ShareText.Percent(share, format));

    [TestMethod]
    public void Percent_LargestShareBelowOne_IsNotAll() => Assert.AreEqual("99.99999999999999", ShareText.Percent(Math.BitDecrement(1.0)));

    [TestMethod]
    public void Points_OneAndOthers_HaveTheirNumber()
    {
        Assert.AreEqual("1 point", ShareText.Points(0.01));
        Assert.AreEqual("0.5 points", ShareText.Points(0.005));
        Assert.AreEqual("10 points", ShareText.Points(0.1));
    }

    [TestMethod]
    public void Count_OneAndOthers_HaveTheirNumber()
    {
        Assert.AreEqual("1 row", ShareText.Count(1, "row"));
        Assert.AreEqual("0 rows", ShareText.Count(0, "row"));
        Assert.AreEqual("1,234 rows were", ShareText.Count(1_234, "row was", "rows were"));
    }
}
