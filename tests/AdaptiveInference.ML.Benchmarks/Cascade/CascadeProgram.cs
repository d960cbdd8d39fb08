using System.Globalization;
using Microsoft.ML;

namespace AdaptiveInference.ML.Benchmarks.Cascade;

/// <summary>
/// A network at half the resolution in front of itself: accuracy, work and time against each of the two alone at several budgets.
/// </summary>
internal static class CascadeProgram
{
    private const string Help = """
        Puts a network at half the resolution before itself and compares it with each of the two alone.

        Usage: … cascade --data FOLDER --output FOLDER [--sides SMALL,LARGE]
               … cascade --idx FOLDER --model FILE [--refit IMAGES]

          --data FOLDER    train/CLASS/NAME.png, val/… and test/…, the data set of few-images: exit heads on the pretrained network
          --output FOLDER  keeps the fitted networks
          --sides          heights and widths of the images (default 112,224)
          --idx FOLDER     t10k-images-idx3-ubyte.gz and the other three files, packed or not
          --model FILE     a model trained on their training images, as evidence makes it; the small one has the same weights
          --refit IMAGES   fits exit heads to the small one, on so many of the training images (default 0: as it is)
        """;

    public static void Run(string[] arguments)
    {
        var options = arguments.Chunk(2).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1]);
        var context = new MLContext(seed: 1);
        var subject = options switch
        {
            _ when Has("--data", "--output") => CascadeSubject.OfPhotos(
                context, options["--data"], options["--output"], Sides(options.GetValueOrDefault("--sides", "112,224"))),
            _ when Has("--idx", "--model") => CascadeSubject.OfIdx(
                context, options["--idx"], options["--model"], Number(options.GetValueOrDefault("--refit", "0"))),
            _ => throw new BenchmarkArgumentException(Help),
        };
        Print(context, subject);

        bool Has(params string[] names)
            => names.All(options.ContainsKey) && arguments.Length == 2 * options.Count
                && options.Keys.Except(names).All(name => name is "--sides" or "--refit");
    }

    private static int[] Sides(string text)
        => text.Split(',').Select(Number).ToArray() is [> 0, > 0] sides ? sides : throw new BenchmarkArgumentException(Help);

    private static int Number(string text)
        => int.TryParse(text, CultureInfo.InvariantCulture, out var value) && value >= 0
            ? value
            : throw new BenchmarkArgumentException(Help);

    private static void Print(MLContext context, CascadeSubject subject)
    {
        var settings = CascadeSetting.Of(context, subject);
        var test = subject.Rows(context, subject.Test);
        var rows = settings.Select(setting => CascadeResult.Of(context, setting, setting.Model(context).Transform(test))).ToList();
        var times = CascadeTiming.Run(context, subject, settings);
        Console.WriteLine(Text($"\n{subject.Test.Count} test images, {subject.Calibration.Count} for thresholds; MACs are of the ")
            + Text($"{subject.Large.FullMacs / 1e6:0} million of the whole network at {subject.Large.ImageShape}; {times.Images} images ")
            + Text($"timed, the shortest of {CascadeTiming.Repetitions} runs of each, {Environment.ProcessorCount} core(s).\n"));
        Console.WriteLine("| Setting | Accuracy | Second runs for | MACs | CPU ms from pixels | CPU ms from the file's bytes |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var (row, pixels, bytes) in rows.Zip(times.FromPixels, times.FromBytes))
        {
            var share = row.SecondShare is { } second ? Text($"{second * 100:0.0} %") : "";
            Console.WriteLine(Text($"| {row.Name} | {row.Accuracy * 100:0.0} % | {share} | ")
                + Text($"{row.Macs / subject.Large.FullMacs:0.000} | {pixels:0.000} | {bytes:0.000} |"));
        }
    }

    internal static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
