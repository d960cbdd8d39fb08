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

    /// <param name="python">That has what the script needs.</param>
    /// <param name="settings">What to train on.</param>
    /// <param name="bfloat16">Whether under autocast.</param>
    public static SpeedResult Train(string python, SpeedSettings settings, bool bfloat16 = false)
    {
        if (settings.Side == 0)
        {
            return Train(python, settings, settings.Data, bfloat16);
        }

        var pixels = Directory.CreateTempSubdirectory("pixels");
        try
        {
            PhotoFit.WritePixels(settings, pixels.FullName);
            return Train(python, settings, pixels.FullName, bfloat16);
        }
        finally
        {
            pixels.Delete(recursive: true);
        }
    }

    private static SpeedResult Train(string python, SpeedSettings settings, string data, bool bfloat16)
        => Child.Run(python,
        [
            Path.Combine(AppContext.BaseDirectory, "TrainingSpeed", "train.py"), "--data", data, "--epochs", Text(settings.Epochs),
            "--batch", Text(settings.BatchSize), "--threads", Text(settings.Threads), "--side", Text(settings.Side),
            .. bfloat16 ? ["--bfloat16"] : (string[])[],
        ]) ?? throw new InvalidOperationException($"{python} failed to train.");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
