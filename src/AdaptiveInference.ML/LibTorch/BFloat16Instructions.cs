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

    /// <summary>Whether the processor has them. True for a processor of another family, which has no such query.</summary>
    public static bool AreOnProcessor { get; } = !X86Base.IsSupported || QueryProcessor();

    /// <summary>Whether a device has them.</summary>
    public static bool AreOn(torch.Device device) => device.type != DeviceType.CPU || AreOnProcessor;

    private static bool QueryProcessor()
    {
        const int Features = 7;
        var (leaves, _, _, _) = X86Base.CpuId(0, 0);
        if (leaves < Features)
        {
            return false;
        }

        var (subleaves, _, _, edx) = X86Base.CpuId(Features, 0);
        if ((edx & Amx) != 0)
        {
            return true;
        }

        var (more, _, _, other) = subleaves >= 1 ? X86Base.CpuId(Features, 1) : default;
        return (more & Avx512) != 0 || (other & AvxNeConvert) != 0;
    }
}
