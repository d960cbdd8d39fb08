using System.Runtime.InteropServices;

namespace AdaptiveInference.ML.LibTorch;

/// <summary>
/// Turns libtorch's NNPACK backend off. libtorch uses it only for convolutions of a single image, and on processors that it does not
/// know it writes a warning to the console for every one of them. Nothing in TorchSharp reaches the switch, so its C++ functions are
/// called by their exported names; a build without them has no NNPACK to silence.
/// </summary>
internal static unsafe class NnPack
{
    // at::globalContext() and at::Context::setUserEnabledNNPACK(bool) in the Itanium C++ ABI.
    private const string GlobalContext = "_ZN2at13globalContextEv";
    private const string SetEnabled = "_ZN2at7Context20setUserEnabledNNPACKEb";

    /// <param name="libTorch">Handle of the torch_cpu library.</param>
    /// <returns>Whether the switch was found.</returns>
    public static bool Disable(nint libTorch)
    {
        if (OperatingSystem.IsWindows()
            || !NativeLibrary.TryGetExport(libTorch, GlobalContext, out var globalContext)
            || !NativeLibrary.TryGetExport(libTorch, SetEnabled, out var setEnabled))
        {
            return false;
        }

        ((delegate* unmanaged<nint, byte, void>)setEnabled)(((delegate* unmanaged<nint>)globalContext)(), 0);
        return true;
    }
}
