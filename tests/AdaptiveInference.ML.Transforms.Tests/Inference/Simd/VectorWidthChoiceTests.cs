using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using AdaptiveInference.ML.Transforms.Inference.Compiled;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Tests.Inference.Simd;

/// <summary>
/// The suite runs once more for narrower vectors, with the runtime's own switches. A pass that ran at another width than it was asked for
/// would prove nothing, so it fails here.
/// </summary>
[TestClass]
public sealed class VectorWidthChoiceTests
{
    [TestMethod]
    public void Best_WhateverTheEnvironmentSwitchesOff_IsTheWidestThatIsLeft()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            Assert.AreEqual(VectorWidth.Bits128, VectorWidthChoice.Best);
            return;
        }

        var (hasAvx2, hasFastAvx512) = Processor();
        var expected = IsOff("EnableAVX2") || IsOff("EnableAVX") || IsOff("EnableHWIntrinsic") || !hasAvx2 ? VectorWidth.Bits128
            : IsOff("EnableAVX512") || !hasFastAvx512 ? VectorWidth.Bits256
            : VectorWidth.Bits512;
        Assert.AreEqual(expected, VectorWidthChoice.Best);
        Assert.AreEqual(expected, KernelsOfWidth.Of(VectorWidthChoice.Best).Width);
    }

    [TestMethod]
    public void Available_OnThisMachine_EndsWithTheBest()
    {
        Assert.AreEqual(VectorWidth.Bits128, VectorWidthChoice.Available.First());
        Assert.AreEqual(VectorWidthChoice.Best, VectorWidthChoice.Available.Last());
    }

    /// <summary>Only Arm64 has many registers at 128 bits: kernels made for that are tested there and nowhere else.</summary>
    [TestMethod]
    public void HasManyRegisters_At128Bits_IsSoOnArm64Alone()
    {
        var isArm64 = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

        Assert.AreEqual(isArm64, AdvSimd.Arm64.IsSupported);
        Assert.AreEqual(isArm64, Simd128.HasManyRegisters);
    }

    private static bool IsOff(string name) => Environment.GetEnvironmentVariable("DOTNET_" + name) == "0";

    // What the processor says of itself, not what the runtime makes of it. The runtime leaves 512 bits alone on the first Intel processors
    // that have them, because those lower their clock for it; they lack VBMI.
    private static (bool HasAvx2, bool HasFastAvx512) Processor()
    {
        if (!X86Base.IsSupported)
        {
            return (false, false);
        }

        var (_, features, more, _) = X86Base.CpuId(7, 0);
        const int Avx2 = 1 << 5, Foundation = 1 << 16, DoublewordQuadword = 1 << 17, ByteWord = 1 << 30, Vbmi = 1 << 1;
        const int Avx512 = Foundation | DoublewordQuadword | ByteWord;
        return ((features & Avx2) != 0, (features & Avx512) == Avx512 && (more & Vbmi) != 0);
    }
}
