using System.Globalization;
using System.Diagnostics;
using AdaptiveInference.ML.LibTorch;

namespace AdaptiveInference.ML.Benchmarks.Evidence;

/// <summary>Says how a run proceeds, and keeps its record over all processes that work on it.</summary>
internal sealed class RowProgress : IProgress<TrainingProgress>
{
    private readonly EvidenceRun _run;
    private readonly string _file;
    private readonly string? _device;
    private readonly TrainingRecord? _before;
    private readonly TimeSpan _start = Now();

    /// <param name="run">The run.</param>
    /// <param name="file">Of its record.</param>
    /// <param name="device">Where it is trained; null is the CPU.</param>
    public RowProgress(EvidenceRun run, string file, string? device)
    {
        (_run, _file, _device, _before) = (run, file, device, TrainingRecord.Read(file));
        Console.WriteLine($"{DateTime.Now:HH:mm:ss} {run.FileName}: training");
    }

    public void Report(TrainingProgress value)
    {
        if (value.IsEpochEnd)
        {
            var record = Write();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{DateTime.Now:HH:mm:ss} {_run.FileName}: {value.Stage} {value.Epoch}/{value.Epochs}, loss {value.Loss:F4}, "
                + $"accuracy {value.Accuracy:P2}, validation {value.ValidationLoss:F4}, {value.ValidationAccuracy:P2} "
                + $"at {value.ValidationComputeFraction:P1}; {value.ImagesPerSecond:F0} images/s, {record.Seconds:F0} CPU s"));
        }
    }

    public TrainingRecord Write()
    {
        var single = _device is null && !BFloat16Instructions.AreOnProcessor;
        var record = new TrainingRecord(
            (_before?.Seconds ?? 0) + (Now() - _start).TotalSeconds, single || _before?.InSinglePrecision == true, Origin.Of(_device));
        record.Write(_file);
        return record;
    }

    private static TimeSpan Now()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime;
    }
}
