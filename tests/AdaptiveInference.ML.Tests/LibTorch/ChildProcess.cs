using System.Diagnostics;

namespace AdaptiveInference.ML.Tests.LibTorch;

/// <summary>Runs this test assembly as a program and keeps all that it writes.</summary>
internal static class ChildProcess
{
    public static (int ExitCode, string Output, string Error) Run(string assembly, string task, string? temporary = null)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", assembly, task])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        if (temporary is not null)
        {
            // The one that Path.GetTempPath reads on this system.
            start.Environment[OperatingSystem.IsWindows() ? "TMP" : "TMPDIR"] = temporary;
        }

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    /// <summary>The folder of the tests, as a user's output folder would be without a libtorch package.</summary>
    public static void CopyWithoutLibTorch(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory, "*.dll"))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        // Without the deps file the host knows the package cache as little as a published application does.
        const string Configuration = "AdaptiveInference.ML.Tests.runtimeconfig.json";
        File.Copy(Path.Combine(AppContext.BaseDirectory, Configuration), Path.Combine(folder, Configuration));
    }
}
