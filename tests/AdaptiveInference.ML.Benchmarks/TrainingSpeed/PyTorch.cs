using System.Globalization;

namespace AdaptiveInference.ML.Benchmarks.TrainingSpeed;

/// <summary>PyTorch's side: <c>train.py</c>, which lies beside this program.</summary>
internal static class PyTorch
{
    private static readonly string[] Candidates = ["python3", "/usr/bin/python3", "/usr/local/bin/python3", "python"];

    /// <summary>A Python that has what the script needs.</summary>
    /// <returns>Null when there is none.</returns>
    public static string? Find(string? named)
        => (named is null ? Candidates : [named]).FirstOrDefault(
            python => Child.Output(python, ["-c", "import torch, numpy"], quiet: true) is not null);

    public static SpeedResult Train(string python, SpeedSettings settings)
        => Child.Run(python,
        [
            Path.Combine(AppContext.BaseDirectory, "TrainingSpeed", "train.py"), "--data", settings.Data, "--epochs", Text(settings.Epochs),
            "--batch", Text(FitRun.BatchSize), "--threads", Text(settings.Threads),
        ]) ?? throw new InvalidOperationException($"{python} failed to train.");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
