using System.Diagnostics;

namespace AdaptiveInference.ML.Benchmarks;

/// <summary>Runs this program again in a process of its own.</summary>
internal static class ChildProcess
{
    /// <summary>Waits for the process to end; the result is what it printed.</summary>
    /// <param name="environment">Variables to set.</param>
    /// <param name="args">Arguments.</param>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static string Run(IReadOnlyDictionary<string, string> environment, params string[] args)
    {
        using var process = Start(environment, args);
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"'{string.Join(' ', args)}' ended with {process.ExitCode}.");
    }

    /// <summary>Starts the process, its input and output connected to this one.</summary>
    public static Process Start(IReadOnlyDictionary<string, string> environment, params string[] args)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(ChildProcess).Assembly.Location);
        }

        foreach (var argument in args)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }
}
