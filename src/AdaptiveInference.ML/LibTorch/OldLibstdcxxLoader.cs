using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace AdaptiveInference.ML.LibTorch;

/// <summary>
/// Makes TorchSharp's native library load on systems with an older libstdc++ (Debian 12, Ubuntu 22.04, RHEL 9). The library was linked
/// on a newer system and needs version GLIBCXX_3.4.32, for one symbol that is never called: a marker that the C++ headers emit. With
/// that one version marked weak the loader accepts the library.
/// </summary>
/// <remarks>
/// The runtime raises its event only after the ordinary load failed, so where the library loads as it is, nothing here runs. The original
/// file is never changed: a copy in a fresh folder that only this user can read is loaded and deleted again.
/// </remarks>
internal static class OldLibstdcxxLoader
{
    private const string Library = "LibTorchSharp";
    private const string Version = "GLIBCXX_3.4.32";
    private const string Symbol = "_ZSt21ios_base_library_initv";

    // What the library needs beside the system's own, in the order of their dependencies.
    private static readonly string[] Dependencies = ["libc10.so", "libtorch_cpu.so", "libtorch.so"];

    private static readonly Lock Gate = new();
    private static nint _handle;

    /// <summary>Why the library could not be opened this way, null when it was not tried or went well.</summary>
    public static Exception? Failure { get; private set; }

    /// <summary>Subscribes to loads that fail. Call once.</summary>
    public static void Install()
    {
        if (OperatingSystem.IsLinux())
        {
            AssemblyLoadContext.Default.ResolvingUnmanagedDll += Resolve;
        }
    }

    private static nint Resolve(Assembly assembly, string name)
    {
        if (name != Library)
        {
            return 0;
        }

        lock (Gate)
        {
            if (_handle == 0)
            {
                try
                {
                    Failure = null;
                    _handle = Open();
                }
                catch (Exception failure) when (
                    failure is IOException or UnauthorizedAccessException or BadImageFormatException or DllNotFoundException)
                {
                    // The runtime goes on to its own error; the start-up reports this one as the cause.
                    Failure = failure;
                }
            }

            return _handle;
        }
    }

    private static nint Open()
    {
        if (NativeFolders.Find("libLibTorchSharp.so") is not { } original || NativeFolders.Find("libtorch_cpu.so") is not { } torch)
        {
            return 0;
        }

        var image = File.ReadAllBytes(original);
        if (!ElfVersionNeeds.TryMarkWeak(image, Version, Symbol))
        {
            return 0;
        }

        // From their own folder first: the copy would look for them beside itself.
        var folder = Path.GetDirectoryName(torch)!;
        foreach (var dependency in Dependencies)
        {
            NativeLibrary.Load(Path.Combine(folder, dependency));
        }

        var directory = Directory.CreateTempSubdirectory("AdaptiveInference.ML-");
        try
        {
            var copy = Path.Combine(directory.FullName, Path.GetFileName(original));
            File.WriteAllBytes(copy, image);
            return NativeLibrary.Load(copy);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
