using System.Globalization;
using AdaptiveInference.ML.Benchmarks.Evidence;
using AdaptiveInference.ML.Benchmarks.FewImages;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Budget;
using Microsoft.ML;

namespace AdaptiveInference.ML.Benchmarks.Promises;

/// <summary>Whether promises are kept, and what they cost: certificates by rows drawn again and again from scored test images.</summary>
internal static class PromisesProgram
{
    private const string Help = """
        Certifies by calibration rows that are drawn again and again from the scored test images of an IDX data set.

        Usage: … promises --data FOLDER [--model FILE] [--foreign FOLDER[,FOLDER…]] [--resamplings N] [--exits CONFIDENCE]

          --data FOLDER     t10k-images-idx3-ubyte.gz and the other three files, packed or not; or photos as train/CLASS/NAME.png, val/…,
                            test/…
          --model FILE      a model trained on the training images, as evidence makes it; of photos left out for exit heads at 96×96 pixels
          --foreign FOLDER  PNG files, or IDX files, of none of its classes
          --resamplings N   certificates for each line (default 2000; 0 for none)
          --exits NUMBER    confidence at which answers that may be refused leave, 1 for never (default: as the model is set)
        """;

    private static readonly double[] Promised = [0.005, 0.01, 0.02];
    // The last one is what a promise costs where there are many rows.
    private static readonly int[] Sizes = [300, 1_000, 3_000, 5_000];

    public static void Run(string[] arguments)
    {
        var options = Parse(arguments);
        var (model, read, labels) = Read(options["--data"], options.GetValueOrDefault("--model"));
        if (options.TryGetValue("--exits", out var confidence))
        {
            model = model.WithExitConfidence(float.Parse(confidence, CultureInfo.InvariantCulture));
        }

        var images = ScoredImages.Of(model, read, labels);
        var resamplings = int.Parse(options.GetValueOrDefault("--resamplings", "2000"), CultureInfo.InvariantCulture);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{images.Count} images, {images.IsWrong.Count(isWrong => isWrong)} answered wrongly at "
            + $"{images.Answers.Fraction.Average() * 100:0.0} % of the compute; {resamplings} "
            + $"certificates for each line.\n"));
        foreach (var folder in options.GetValueOrDefault("--foreign", "").Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            ForeignTable.Print(model, images, folder);
        }

        if (resamplings > 0)
        {
            Certify(new Resampling(model, images, resamplings));
        }
    }

    private static void Certify(Resampling resampling)
    {
        Console.WriteLine(
            "\n| Certificate | Calibration rows | Promised | Broken, at most | Broken | Certified | Compute or accepted, mean | median |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach (var rows in Sizes)
        {
            Print(resampling.Guarantees(rows, Promised));
        }

        foreach (var rows in Sizes)
        {
            foreach (var score in Enum.GetValues<RefusalScore>())
            {
                Print(resampling.Refusals(rows, Promised, score));
            }
        }
    }

    // Photos are few: they have a model of their own here, so that nothing that it has seen is tested.
    public static (GatedResNetTransformer Model, ComputeBudgetImages Images, int[] Labels) Read(string folder, string? file)
    {
        var context = new MLContext(1);
        var model = file is null ? null : context.Model.Load(file, out _).AdaptiveNetwork();
        if (!Directory.Exists(Path.Combine(folder, "test")))
        {
            return model is null ? throw new BenchmarkArgumentException(Help) : ScoredImages.Read(model, IdxData.Read(folder));
        }

        var photos = PhotoFolder.Read(folder);
        model ??= ExitHeadsWay.Fit(
            context, photos.Training, 96,
            new ExitHeadsTrainer.Options { MirrorImages = true, ValidationGroupColumnName = nameof(Photo.Group) });
        return ScoredImages.Read(model, photos.Test);
    }

    private static void Print(IEnumerable<ResamplingResult> results)
    {
        foreach (var result in results)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {result.What} | {result.Rows:#,0} | {result.Promise * 100:0.#} % | {result.Limit * 100:0.00} % | "
                + $"{result.Broken * 100:0.00} % | {result.Certified * 100:0.0} % | {result.Mean * 100:0.0} % | "
                + $"{result.Median * 100:0.0} % |"));
        }
    }

    private static Dictionary<string, string> Parse(string[] arguments)
    {
        var options = arguments.Chunk(2).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1]);
        string[] known = ["--data", "--model", "--foreign", "--resamplings", "--exits"];
        return arguments.Length % 2 == 0 && options.Keys.All(known.Contains)
            && options.ContainsKey("--data")
            ? options
            : throw new BenchmarkArgumentException(Help);
    }
}
