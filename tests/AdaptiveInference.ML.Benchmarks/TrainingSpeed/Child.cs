using System.Diagnostics;

namespace AdaptiveInference.ML.Benchmarks.TrainingSpeed;

/// <summary>Runs a program that prints a result as the last line of its output.</summary>
internal static class Child
{
    /// <returns>Null when the program is not there, fails, or prints no result.</returns>
    public static SpeedResult? Run(string program, IEnumerable<string> arguments)
        => Output(program, arguments) is { } output ? SpeedResult.Last(output) : null;

    /// <returns>What the program prints; null when it is not there or fails.</returns>
    public static string? Output(string program, IEnumerable<string> arguments, bool quiet = false)
    {
        try
        {
            var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode == 0)
            {
                return output;
            }

            if (!quiet)
            {
                Console.Error.WriteLine(errors.Result);
            }

            return null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
