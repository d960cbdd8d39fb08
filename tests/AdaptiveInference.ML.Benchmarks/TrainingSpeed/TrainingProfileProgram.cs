using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using AdaptiveInference.ML.LibTorch;

namespace AdaptiveInference.ML.Benchmarks.TrainingSpeed;

/// <summary>
/// <c>training-profile [--data FOLDER] [--photos FOLDER] [--side N] [--steps N] [--threads N]</c>: where the time of a training step
/// goes, at 28 pixels (ResNet-20) and at 96 and 224 (the pretrained network), in single precision and in bfloat16, and what a whole
/// <c>Fit</c> does once.
/// </summary>
/// <remarks>
/// Every line is of a process of its own. Columns in milliseconds of processor time, summed over threads, hardly change with what else runs
/// on the machine; those of the clock do.
/// </remarks>
internal static class TrainingProfileProgram
{
    private const string Usage =
        "Usage: … training-profile [--data FOLDER] [--photos FOLDER] [--side 28|96|224] [--images N] [--steps N] [--threads N]";
    private const int Small = 28;

    private static readonly int[] Sides = [Small, 96, 224];

    public static void Run(string[] args)
    {
        if (args is [ProfiledSteps.Argument, var json])
        {
            Console.WriteLine(JsonSerializer.Serialize(ProfiledSteps.Run(JsonSerializer.Deserialize<ProfileSettings>(json)!)));
            return;
        }

        var named = new NamedArguments(args, Usage, "data", "photos", "side", "steps", "threads", "images");
        var (side, threads) = (named.Whole("side", 0), named.Whole("threads", 2, 1));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, {Environment.ProcessorCount} cores, "
            + $"{threads} threads"));
        Console.WriteLine();
        Console.WriteLine(
            "| pixels | precision | images a step | step, ms | waits for images | forward | backward | optimizer | counting "
            + "| validation a step | "
            + "processor ms a step | of it in the system | convolutions, ms | pages touched a step | images prepared, ms a batch "
            + "| peak MiB |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
        var fits = new List<string>();
        foreach (var pixels in Sides.Where(one => side == 0 || one == side))
        {
            if (named.TextOrNull(pixels == Small ? "data" : "photos") is { } folder)
            {
                var speed = new SpeedSettings(
                    folder, null, 1, 1, threads, pixels == Small ? 0 : pixels, pixels == Small ? FitRun.BatchSize : PhotoFit.BatchSize,
                    named.TextOrNull("images") is null ? null : named.Whole("images", 0, 128));
                foreach (var mixed in BFloat16Instructions.AreOnProcessor ? [false, true] : (bool[])[false])
                {
                    fits.Add(Measure(pixels, new ProfileSettings(speed, mixed, named.Whole("steps", 8, 1), Fits: true)));
                }
            }
        }

        Console.WriteLine();
        Console.WriteLine("A whole Fit of one epoch, the second of its process:");
        Console.WriteLine();
        Console.WriteLine(FitTimes.Header);
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|");
        fits.ForEach(Console.WriteLine);
    }

    // Prints the row of a step and returns that of a whole fit.
    private static string Measure(int pixels, ProfileSettings settings)
    {
        var profile = Child(settings, []).Profile;

        // Of a process of its own, because what it says of every operation takes time too.
        var spoken = Child(settings with { Fits = false }, new() { ["ONEDNN_VERBOSE"] = "1" });
        var precision = settings.Mixed ? "bfloat16" : "single";
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {pixels} | {precision} | {profile.Images:F1} | {profile.Step:F1} | {profile.Wait:F1} | {profile.Forward:F1} "
            + $"| {profile.Backward:F1} | {profile.Optimizer:F1} | {profile.Counting:F1} | {profile.Validation:F1} "
            + $"| {profile.Processor:F0} | {profile.System:F0} "
            + $"| {Operations.Milliseconds(spoken.Output, "convolution") / settings.Steps:F1} "
            + $"| {profile.Pages:F0} | {profile.Loading:F1} | {profile.PeakMiB:F0} |"));
        Console.WriteLine("  " + Operations.Table(spoken.Output, settings.Steps));
        return profile.Fit!.Row(pixels, precision);
    }

    private static (StepProfile Profile, string Output) Child(ProfileSettings settings, Dictionary<string, string> environment)
    {
        var output = ChildProcess.Run(environment, "training-profile", ProfiledSteps.Argument, JsonSerializer.Serialize(settings));
        return (JsonSerializer.Deserialize<StepProfile>(output.TrimEnd().Split('\n')[^1])!, output);
    }
}
