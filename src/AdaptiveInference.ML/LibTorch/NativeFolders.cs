using System.Runtime.InteropServices;
using TorchSharp;

namespace AdaptiveInference.ML.LibTorch;

/// <summary>
/// Where native libraries of packages lie: in the folders that the host took from the application's deps file (the package cache when
/// nothing was copied), next to the application, or in <c>runtimes/&lt;rid&gt;/native</c> below it.
/// </summary>
internal static class NativeFolders
{
    /// <summary>All candidates in the order in which they are searched.</summary>
    public static IEnumerable<string> All()
    {
        var listed = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        return List(listed, AppContext.BaseDirectory, Path.GetDirectoryName(typeof(torch).Assembly.Location), RuntimeIdentifier());
    }

    /// <summary>The candidates, each once.</summary>
    public static IEnumerable<string> List(string listed, string application, string? assembly, string runtimeIdentifier)
    {
        var folders = listed.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToList();
        foreach (var root in new[] { application, assembly })
        {
            if (!string.IsNullOrEmpty(root))
            {
                folders.Add(root);
                folders.Add(Path.Combine(root, "runtimes", runtimeIdentifier, "native"));
            }
        }

        return folders.Select(Path.TrimEndingDirectorySeparator).Distinct(StringComparer.Ordinal);
    }

    /// <summary>Full path of a library file, null when no folder has it.</summary>
    public static string? Find(string file) => All().Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists);

    /// <summary>File name of a library on this platform.</summary>
    public static string FileName(string library)
        => OperatingSystem.IsWindows() ? library + ".dll" : OperatingSystem.IsMacOS() ? $"lib{library}.dylib" : $"lib{library}.so";

    /// <summary>The portable identifier that packages use, such as <c>linux-x64</c>.</summary>
    public static string RuntimeIdentifier()
    {
        var system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
        return $"{system}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
    }
}
