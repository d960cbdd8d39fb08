using System.Runtime.InteropServices;
using TorchSharp;

namespace AdaptiveInference.ML.LibTorch;

/// <summary>Loads libtorch once per process and sets it up for training.</summary>
internal static class LibTorchRuntime
{
    private static readonly Lock Gate = new();
    private static bool _hooked;
    private static volatile bool _started;

    /// <summary>
    /// Must come before anything else of TorchSharp: TorchSharp's own loader answers a failed load with a long message on the console
    /// and half a gigabyte copied into the output folder. Can be called from any thread any number of times; after a failure it tries anew.
    /// </summary>
    /// <exception cref="DllNotFoundException">libtorch is missing or does not load; the message names the package to add.</exception>
    public static void Start()
    {
        if (_started)
        {
            return;
        }

        lock (Gate)
        {
            if (_started)
            {
                return;
            }

            if (!_hooked)
            {
                OldLibstdcxxLoader.Install();
                _hooked = true;
            }

            // Before the first tensor, so that all of them live under one policy.
            GlibcAllocator.KeepFreedMemory();
            NnPack.Disable(OpenMpWaiting.Brief(Load));
            _started = true;
        }
    }

    private static nint Load()
    {
        var assembly = typeof(torch).Assembly;
        try
        {
            // By name and first, as TorchSharp does: the two may come from different folders and then do not find each other. The CUDA
            // build has to be there before libtorch is first asked about devices, or it never sees any.
            NativeLibrary.TryLoad("torch_cuda", assembly, null, out _);
            var torchCpu = NativeLibrary.Load("torch_cpu", assembly, null);
            NativeLibrary.Load("LibTorchSharp", assembly, null);
            return torchCpu;
        }
        catch (Exception failure) when (failure is DllNotFoundException or BadImageFormatException)
        {
            var folder = Path.GetDirectoryName(NativeFolders.Find(NativeFolders.FileName("torch_cpu")));
            throw LibTorchMissing.Error(folder, OldLibstdcxxLoader.Failure ?? failure);
        }
    }
}
