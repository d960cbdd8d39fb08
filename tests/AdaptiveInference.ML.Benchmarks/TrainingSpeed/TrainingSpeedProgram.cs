using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using AdaptiveInference.ML.LibTorch;

namespace AdaptiveInference.ML.Benchmarks.TrainingSpeed;

/// <summary>
/// Images per second of a whole <c>Fit</c> (reading, augmentation and validation included) against PyTorch training the same network in the
/// same way. The sides take turns, each run in a process of its own; ratios are taken within a round.
/// </summary>
internal static class TrainingSpeedProgram
{
    private const int Rounds = 5;
    private const int Epochs = 2;
    private const int Threads = 2;
    private const string PyTorchKey = "pytorch";
    private const string PyTorchBFloat16Key = "pytorch-bfloat16";
    private const string Help = """
        Usage: … training-speed [--data FOLDER] [--python PATH] [--rounds N] [--epochs N] [--threads N] [--sides LIST]
               … training-speed --data FOLDER --side N [--batch N] [--images N] …

          --side N      fine-tunes the pretrained network on colour images of N×N pixels; --data then is a folder of train/CLASS/NAME.png
          --images N    so many of them
          --sides LIST  of fit,active,single,mixed,pytorch,pytorch-bfloat16; all of them where it is left out
        """;

    public static void Run(string[] arguments)
    {
        var settings = new SpeedSettings(SampleData(), null, Rounds, Epochs, Threads, Side: 0, FitRun.BatchSize);
        string[]? sides = null;
        for (var i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] == FitRun.Argument)
            {
                FitRun.Run(arguments[(i + 1)..]);
                return;
            }

            if (i + 1 == arguments.Length)
            {
                throw new BenchmarkArgumentException(Help);
            }

            var value = arguments[i + 1];
            sides = arguments[i] == "--sides" ? Keys(value) : sides;
            settings = arguments[i++] switch
            {
                "--data" => settings with { Data = value },
                "--python" => settings with { Python = value },
                "--rounds" => settings with { Rounds = Number(value) },
                "--epochs" => settings with { Epochs = Number(value) },
                "--threads" => settings with { Threads = Number(value) },
                "--side" => settings with { Side = Number(value), BatchSize = PhotoFit.BatchSize },
                "--images" => settings with { Images = Number(value) },
                "--sides" => settings,
                "--batch" => settings with { BatchSize = Number(value) },
                _ => throw new BenchmarkArgumentException(Help),
            };
        }

        Compare(settings, sides);
    }

    private static int Number(string value)
        => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new BenchmarkArgumentException(Help);

    // The images that ship with the sample.
    private static string SampleData() => Path.Combine(
        typeof(TrainingSpeedProgram).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(data => data.Key == "SourceRoot").Value!,
        "samples", "ModelBuilderStyle", "data");

    private static string[] Keys(string list)
    {
        var keys = list.Split(',');
        return Array.TrueForAll(keys, key => key is "fit" or "active" or "single" or "mixed" or PyTorchKey or PyTorchBFloat16Key)
            ? keys
            : throw new BenchmarkArgumentException(Help);
    }

    private static void Compare(SpeedSettings settings, string[]? keys)
    {
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{(settings.Side == 0 ? "ResNet-20" : $"pretrained network at {settings.Side}×{settings.Side}")}, "
            + $"batches of {settings.BatchSize}, {settings.Threads} threads, {settings.Epochs} epochs, {settings.Rounds} rounds; "
            + $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, {Environment.ProcessorCount} cores"));
        var sides = Sides(settings).Where(side => keys is null || keys.Contains(side.Key)).ToList();
        for (var round = 0; round < settings.Rounds; round++)
        {
            // Every other round the other way about: whoever goes first has no advantage.
            foreach (var side in round % 2 == 0 ? sides : [.. sides.AsEnumerable().Reverse()])
            {
                side.Results.Add(side.Measure());
                Console.WriteLine(
                    FormattableString.Invariant($"round {round + 1}: {side.Name} {side.Results[^1].ImagesPerSecond:F0} images/s"));
            }
        }

        Report(sides);
    }

    private static IEnumerable<SpeedSide> Sides(SpeedSettings settings)
    {
        yield return new("fit", "Fit", () => FitRun.InChild(settings, mixedPrecision: null, spins: false));
        yield return new("active", "Fit, OMP_WAIT_POLICY=active", () => FitRun.InChild(settings, mixedPrecision: null, spins: true));
        if (BFloat16Instructions.AreOnProcessor)
        {
            yield return new("single", "Fit, single precision", () => FitRun.InChild(settings, mixedPrecision: false, spins: false));
            yield return new("mixed", "Fit, mixed precision", () => FitRun.InChild(settings, mixedPrecision: true, spins: false));
        }
        else
        {
            Console.WriteLine("Skipped mixed precision: this processor has no bfloat16 instructions.");
        }

        if (PyTorch.Find(settings.Python) is not { } python)
        {
            Console.WriteLine("Skipped PyTorch: no Python was found that can import torch and numpy. --python PATH names one.");
            yield break;
        }

        yield return new(PyTorchKey, "PyTorch", () => PyTorch.Train(python, settings));
        if (BFloat16Instructions.AreOnProcessor)
        {
            yield return new(
                PyTorchBFloat16Key, "PyTorch, bfloat16 by autocast", () => PyTorch.Train(python, settings, bfloat16: true));
        }
    }

    private static void Report(List<SpeedSide> sides)
    {
        Console.WriteLine();
        Console.WriteLine(
            "| | images/s (median) | × PyTorch (median of rounds) | peak memory MiB | validation accuracy (median) | version |");
        Console.WriteLine("|---|---|---|---|---|---|");
        var peer = sides.Find(side => side.Key == PyTorchKey);
        foreach (var side in sides)
        {
            var ratio = peer is null ? "" : PairedTiming.Quantile(
                side.Results.Zip(peer.Results, (ours, theirs) => ours.ImagesPerSecond / theirs.ImagesPerSecond), 0.5)
                .ToString("F2", CultureInfo.InvariantCulture);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {side.Name} | {Median(side, result => result.ImagesPerSecond):F0} | {ratio} "
                + $"| {side.Results.Max(result => result.PeakMiB):F0} | {Median(side, result => result.Accuracy):P1} "
                + $"| {side.Results[0].Version} |"));
        }
    }

    private static double Median(SpeedSide side, Func<SpeedResult, double> value) => PairedTiming.Quantile(side.Results.Select(value), 0.5);

    private sealed record SpeedSide(string Key, string Name, Func<SpeedResult> Measure)
    {
        public List<SpeedResult> Results { get; } = [];
    }
}

/// <summary>What a run of the comparison is asked for.</summary>
/// <param name="Data">Folder of the images.</param>
/// <param name="Python">The Python that trains; null looks for one.</param>
/// <param name="Rounds">Turns of every side.</param>
/// <param name="Epochs">Passes over the images in a turn.</param>
/// <param name="Threads">That train.</param>
/// <param name="Side">Pixels of a side of colour images; 0 for grey ones and a network from scratch.</param>
/// <param name="BatchSize">Images of a step.</param>
/// <param name="Images">Colour images, at most; null for all.</param>
internal sealed record SpeedSettings(
    string Data, string? Python, int Rounds, int Epochs, int Threads, int Side, int BatchSize, int? Images = null);

/// <summary>What one training run came to.</summary>
internal sealed record SpeedResult(double ImagesPerSecond, double PeakMiB, double Accuracy, string Version)
{
    /// <summary>The result that a program printed as its last line, null where that is none.</summary>
    public static SpeedResult? Last(string output) => output.TrimEnd().Split('\n')[^1] is ['{', ..] line
        ? JsonSerializer.Deserialize<SpeedResult>(line)
        : null;
}
