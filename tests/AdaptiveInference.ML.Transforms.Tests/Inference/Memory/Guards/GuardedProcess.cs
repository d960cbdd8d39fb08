using System.Diagnostics;

namespace AdaptiveInference.ML.Transforms.Tests.Inference.Memory.Guards;

/// <summary>Runs a part of <see cref="GuardedProgram"/> in a process that may die of it.</summary>
internal static class GuardedProcess
{
    public static (int ExitCode, string Output) Run(params string[] task)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(GuardedProcess).Assembly.Location, .. task])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // That it ends is wanted, and no file of gigabytes about it.
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";

        // Optimised from the start: code that is not keeps all that it knows of until it returns.
        start.Environment["DOTNET_TieredCompilation"] = "0";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.Result);
    }
}
