using System.Runtime.InteropServices;

namespace AdaptiveInference.ML.LibTorch;

/// <summary>
/// glibc returns large freed blocks to the system, and every page of the next tensor is faulted in again. Training frees and allocates
/// the same sizes at every step, so that costs small networks most of their speed. Here memory once used is kept for the next step
/// instead, but for the largest blocks.
/// </summary>
/// <remarks>
/// glibc before 2.38 seldom finds a freed place for a block that must be aligned, as tensors must: what is kept grows to twice what is
/// used. For images of 32×32 pixels that does not matter. Of photos the largest feature maps go back. At 224×224 a step touched 860,000
/// pages where blocks of 4 MiB and more went back, which took a quarter of its processor time; where all blocks are kept, the peak is
/// almost twice as high.
/// </remarks>
internal static unsafe class GlibcAllocator
{
    private const int TrimThreshold = -1;
    private const int TopPad = -2;
    private const int MmapThreshold = -3;
    private const int Pad = 64 << 20;

    /// <summary>A feature map of 256 images of 32×32 pixels, and the little that alignment adds.</summary>
    private const int KeptOfSmallImages = (16 << 20) + (1 << 16);

    /// <summary>
    /// The stem's feature map of 64 images of 96×96 pixels, and the little that alignment adds; of 224×224 those of the second stage.
    /// </summary>
    private const int KeptOfPhotos = 40 << 20;

    /// <summary>Pixels of the largest images that count as small: their feature maps are to be kept.</summary>
    private const int SmallImage = 64 * 64;

    /// <summary>
    /// Sets the allocator of this process for networks of small images, or of images of a given size; the last call counts. Does nothing
    /// where the C library is not glibc.
    /// </summary>
    /// <param name="pixels">Height times width.</param>
    /// <returns>Whether the setting was made.</returns>
    public static bool KeepFreedMemory(long pixels = 0) => KeepBlocksUpTo(pixels > SmallImage ? KeptOfPhotos : KeptOfSmallImages);

    /// <summary>Sets the allocator of this process to keep freed blocks of less than a size.</summary>
    /// <returns>Whether the setting was made.</returns>
    public static bool KeepBlocksUpTo(int bytes)
    {
        if (!TryGlibc("mallopt", out var address))
        {
            return false;
        }

        var mallopt = (delegate* unmanaged<int, int, int>)address;
        return mallopt(MmapThreshold, bytes) != 0 && mallopt(TrimThreshold, int.MaxValue) != 0 && mallopt(TopPad, Pad) != 0;
    }

    /// <summary>Returns free memory to the system, after a training.</summary>
    public static void ReleaseFreedMemory()
    {
        if (TryGlibc("malloc_trim", out var address))
        {
            ((delegate* unmanaged<nint, int>)address)(0);
        }
    }

    private static bool TryGlibc(string function, out nint address)
    {
        address = 0;
        return OperatingSystem.IsLinux()
            && NativeLibrary.TryLoad("libc.so.6", out var library)
            && NativeLibrary.TryGetExport(library, "gnu_get_libc_version", out _)
            && NativeLibrary.TryGetExport(library, function, out address);
    }
}
