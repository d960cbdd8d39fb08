using System.Globalization;
using System.Text;
using AdaptiveInference.ML.Benchmarks.Evidence;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Budget;
using Microsoft.ML;

namespace AdaptiveInference.ML.Benchmarks.Promises;

/// <summary>Whether promises are kept, and what they cost: certificates by rows drawn again and again from scored test images.</summary>
internal static class PromisesProgram
{
    private const string Help = """
        Certifies by calibration rows that are drawn again and again from the scored test images of an IDX data set.

        Usage: … promises --data FOLDER --model FILE [--foreign FOLDER] [--resamplings N]

          --data FOLDER     t10k-images-idx3-ubyte.gz and the other three files, packed or not
          --model FILE      a model trained on the training images, as evidence makes it
          --foreign FOLDER  PNG files of none of its classes
          --resamplings N   certificates for each line (default 2000)
        """;

    private static readonly double[] Promised = [0.005, 0.01, 0.02];
    private static readonly int[] Sizes = [300, 1_000, 3_000];

    public static void Run(string[] arguments)
    {
        var options = Parse(arguments);
        var model = new MLContext(1).Model.Load(options["--model"], out _).AdaptiveNetwork();
        var images = ScoredImages.Of(model, IdxData.Read(options["--data"]));
        var resamplings = int.Parse(options.GetValueOrDefault("--resamplings", "2000"), CultureInfo.InvariantCulture);
        var resampling = new Resampling(images, resamplings);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{images.Count} images, {images.IsWrong.Count(isWrong => isWrong)} answered wrongly as the model is set; {resamplings} "
            + $"certificates for each line.\n"));
        Console.WriteLine(
            "| Certificate | Calibration rows | Promised | Broken, at most | Broken | Certified | Compute or accepted, mean | median |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach (var rows in Sizes)
        {
            Print(resampling.Guarantees(rows, Promised));
        }

        foreach (var rows in Sizes)
        {
            Print(resampling.Refusals(rows, Promised, RefusalScore.Probability));
            Print(resampling.Refusals(rows, Promised, RefusalScore.Energy));
        }

        // What a promise costs where there are many rows.
        Print(resampling.Guarantees(5_000, Promised));
        Print(resampling.Refusals(5_000, Promised, RefusalScore.Probability));
        if (options.TryGetValue("--foreign", out var folder))
        {
            Foreign(model, images, folder);
        }
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

    private static void Foreign(GatedResNetTransformer model, ScoredImages images, string folder)
    {
        var foreign = ScoredImages.Images(model, ForeignImages.Read(folder, model.ImageShape));
        var (probability, energy, _) = ScoredImages.Answers(model, foreign);
        var text = new StringBuilder(
            "\n| Score | Own above foreign (AUC) | Foreign accepted where 95 % of the own are | where 75 % are |\n|---|---|---|---|\n");
        foreach (var (name, own, other) in new[] { ("probability", images.Probability, probability), ("energy", images.Energy, energy) })
        {
            var ranked = new RankedAnswers([.. own.Select(score => (score, false))]);
            double Accepted(double share) => other.Average(score => score >= ranked.ScoreOf((int)(share * own.Length) - 1) ? 1.0 : 0);
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {name} | {ForeignImages.Separation(own, other):0.000} | {Accepted(0.95) * 100:0.0} % | "
                + $"{Accepted(0.75) * 100:0.0} % |\n");
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{text}{foreign.Count} foreign images."));
    }

    private static Dictionary<string, string> Parse(string[] arguments)
    {
        var options = arguments.Chunk(2).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1]);
        string[] known = ["--data", "--model", "--foreign", "--resamplings"];
        return arguments.Length % 2 == 0 && options.Keys.All(known.Contains)
            && options.ContainsKey("--data") && options.ContainsKey("--model")
            ? options
            : throw new BenchmarkArgumentException(Help);
    }
}
