using System.Diagnostics;
using System.Globalization;

namespace AdaptiveInference.ML.Benchmarks.Evidence;

/// <summary>Says how a run proceeds, and counts the processor time that it takes over all processes that work on it.</summary>
internal sealed class RowProgress : IProgress<TrainingProgress>
{
    private readonly EvidenceRun _run;
    private readonly string _file;
    private readonly double _before;
    private readonly TimeSpan _start = Now();

    public RowProgress(EvidenceRun run, string file)
    {
        (_run, _file, _before) = (run, file, Read(file));
        Console.WriteLine($"{DateTime.Now:HH:mm:ss} {run.FileName}: training");
    }

    public static double Read(string file) => File.Exists(file) ? double.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture) : 0;

    public void Report(TrainingProgress value)
    {
        if (value.IsEpochEnd)
        {
            Write();
            Console.WriteLine(FormattableString.Invariant(
                $"{DateTime.Now:HH:mm:ss} {_run.FileName}: {value.Stage} {value.Epoch}/{value.Epochs}, loss {value.Loss:F4}, accuracy {value.Accuracy:P2}, validation {value.ValidationLoss:F4}, {value.ValidationAccuracy:P2} at {value.ValidationExecutedFraction:P1}; {value.ImagesPerSecond:F0} images/s, {Read(_file):F0} CPU s"));
        }
    }

    public void Write() => File.WriteAllText(_file, (_before + (Now() - _start).TotalSeconds).ToString("F1", CultureInfo.InvariantCulture));

    private static TimeSpan Now()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime;
    }
}
