using System.Runtime.Intrinsics;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Tests.Inference.Simd;

[TestClass]
public sealed unsafe class ExponentialTests
{
    // At widths that the machine lacks .NET computes them in parts.
    [TestMethod]
    public void Of_AnyNumber_AgreesWithDoublePrecision()
    {
        Check<Simd128, Vector128<float>>();
        Check<Simd256, Vector256<float>>();
        Check<Simd512, Vector512<float>>();
    }

    private static void Check<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        float[] values =
        [
            .. Enumerable.Range(-870_00, 2 * 870_00).Select(i => i * 0.001f), 0, -0f, 1e-30f, 87, -87,
            88, -88, 200, -200, float.MaxValue, float.PositiveInfinity, float.NegativeInfinity,
        ];
        var results = stackalloc float[TSimd.Lanes];
        foreach (var value in values)
        {
            TSimd.Store(Exponential<TSimd, TVector>.Of(TSimd.Fill(value)), results);
            var expected = Math.Exp(Math.Clamp(value, -87, 87));
            Assert.AreEqual(expected, results[TSimd.Lanes - 1], 2.4e-7 * expected, $"e^{value}, {TSimd.Lanes} lanes");
        }

        TSimd.Store(Exponential<TSimd, TVector>.Of(TSimd.Fill(float.NaN)), results);
        Assert.IsTrue(float.IsNaN(results[0]));
    }
}
