using System.Runtime.Intrinsics.X86;
using TorchSharp;

namespace AdaptiveInference.ML.LibTorch;

/// <summary>
/// Whether a device multiplies in bfloat16 by itself. Where it does not, libtorch emulates it, which is many
/// times slower than single precision.
/// </summary>
internal static class BFloat16Instructions
{
    // Bits of CPUID leaf 7: AMX-BF16; AVX512-BF16; AVX-NE-CONVERT.
    private const int Amx = 1 << 22;
    private const int Avx512 = 1 << 5;
    private const int AvxNeConvert = 1 << 5;

    private static readonly (bool Any, bool Multiply) Found = Query();

    /// <summary>Whether the processor has any. True for a processor of another family, which has no such query.</summary>
    public static bool AreOnProcessor => !X86Base.IsSupported || Found.Any;

    /// <summary>
    /// Whether the processor multiplies in bfloat16, and does not only convert to it. False for a processor of another family.
    /// </summary>
    public static bool MultiplyOnProcessor => Found.Multiply;

    /// <summary>Whether a device has them.</summary>
    public static bool AreOn(DeviceType device) => device != DeviceType.CPU || AreOnProcessor;

    private static (bool Any, bool Multiply) Query()
    {
        const int Features = 7;
        if (!X86Base.IsSupported || X86Base.CpuId(0, 0).Eax < Features)
        {
            return default;
        }

        var (subleaves, _, _, edx) = X86Base.CpuId(Features, 0);
        var (more, _, _, other) = subleaves >= 1 ? X86Base.CpuId(Features, 1) : default;
        var multiplies = (edx & Amx) != 0 || (more & Avx512) != 0;
        return (multiplies || (other & AvxNeConvert) != 0, multiplies);
    }
}
