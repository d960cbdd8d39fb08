using System.Runtime.InteropServices;
using TorchSharp;

namespace AdaptiveInference.ML.LibTorch;

/// <summary>The one error that a user sees when training has no libtorch to run on.</summary>
internal static class LibTorchMissing
{
    /// <summary>The error for this process.</summary>
    /// <param name="folder">Folder in which libtorch was found, null when it is nowhere.</param>
    /// <param name="cause">Why loading failed.</param>
    public static DllNotFoundException Error(string? folder, Exception cause)
    {
        var version = typeof(torch).Assembly.GetName().Version!.ToString(3);
        var system = OperatingSystem.IsWindows() ? OSPlatform.Windows : OperatingSystem.IsMacOS() ? OSPlatform.OSX : OSPlatform.Linux;
        return new DllNotFoundException(Message(system, RuntimeInformation.ProcessArchitecture, version, folder, cause), cause);
    }

    /// <summary>What is missing on a platform and what to do about it.</summary>
    public static string Message(OSPlatform system, Architecture architecture, string version, string? folder, Exception cause)
    {
        var platform = $"{Name(system)} {architecture}";
        if (Packages(system, architecture) is not { } packages)
        {
            return $"Training needs libtorch, which TorchSharp {version} does not offer for {platform}. Train on Linux x64, Windows x64 or "
                + "macOS Arm64; trained models score on any platform.";
        }

        return folder is null
            ? $"Training needs libtorch, which was not found for {platform}. Add the package {packages}, version {version}, to the "
              + $"application (dotnet add package TorchSharp-cpu --version {version})."
            : $"Training needs libtorch. It was found in '{folder}' but does not load on {platform}: {cause.Message} "
              + $"Check that the application uses {packages} of version {version} and no other.";
    }

    private static string? Packages(OSPlatform system, Architecture architecture)
    {
        if (system == OSPlatform.OSX)
        {
            return architecture == Architecture.Arm64 ? "TorchSharp-cpu" : null;
        }

        if (architecture != Architecture.X64)
        {
            return null;
        }

        return system == OSPlatform.Windows ? "TorchSharp-cpu or TorchSharp-cuda-windows" : "TorchSharp-cpu or TorchSharp-cuda-linux";
    }

    private static string Name(OSPlatform system)
        => system == OSPlatform.Windows ? "Windows" : system == OSPlatform.OSX ? "macOS" : "Linux";
}
