using System.Globalization;
using AdaptiveInference.ML.Benchmarks.Evidence;
using AdaptiveInference.ML.LibTorch;
using Microsoft.ML;

namespace AdaptiveInference.ML.Benchmarks.FewImages;

/// <summary>What an image takes from its file to its label, the ways in turns: in every round all of them label the same files.</summary>
internal static class FileToLabelTiming
{
    public const string Rival = "dnn-sdca";

    private const int Slice = 24;
    private const string LoadFile = "/proc/loadavg";

    private static readonly double[] Budgets = [0.6, 0.5];

    public static void Run(FewImagesFolder folder, PhotoFolder data)
    {
        var (context, load) = (new MLContext(1), LoadAverage());
        var ways = Ways(context, folder, data).ToList();
        if (ways.All(way => way.Name != Rival))
        {
            throw new BenchmarkArgumentException($"There is no model of {Rival} in the output folder to compare with.");
        }

        var slices = Slices(data).ToList();
        var order = Enumerable.Range(0, ways.Count).ToArray();
        var random = new Random(2);
        var efforts = ways.Select(_ => new List<Effort>()).ToList();
        var fractions = ways.Select(_ => new List<double>()).ToList();

        // The first round warms up.
        foreach (var (round, (half, photos)) in slices.Prepend(slices[0]).Index())
        {
            random.Shuffle(order);
            foreach (var way in order)
            {
                var model = ways[way].Models[half % ways[way].Models.Count];
                var (answers, effort) = Effort.Of(() => PhotoTest.Answers(model.Transform(context.Data.LoadFromEnumerable(photos))));
                if (round > 0)
                {
                    efforts[way].Add(effort * (1000.0 / Slice));
                    fractions[way].Add(answers.Average(answer => answer.ComputeFraction));
                }
            }
        }

        LibTorchRuntime.Start();
        var rival = efforts[ways.FindIndex(way => way.Name == Rival)];
        foreach (var (way, times, shares) in ways.Zip(efforts, fractions))
        {
            double Median(Func<Effort, Effort, double> value)
                => PairedTiming.Quantile(times.Zip(rival, value), 0.5);
            var result = new TimingResult(
                way.Name, Environment.ProcessorCount, Median((own, _) => own.Seconds), Median((own, _) => own.CpuSeconds),
                Median((own, other) => own.Seconds / other.Seconds), Median((own, other) => own.CpuSeconds / other.CpuSeconds),
                Origin.Of(null))
            {
                ComputeFraction = shares.Average(), LoadBefore = load,
            };
            folder.Add(result);
            Console.WriteLine(FormattableString.Invariant(
                $"{way.Name,-28} {result.ComputeFraction,5:P0} {result.Milliseconds,8:F2} ms, {result.CpuMilliseconds,8:F2} CPU ms, ")
                + FormattableString.Invariant($"{result.OfRival:P0} and {result.CpuOfRival:P0} of {Rival}"));
        }
    }

    // A way has a model for each half of the test images, or one for both.
    private static IEnumerable<(string Name, IReadOnlyList<ITransformer> Models)> Ways(
        MLContext context, FewImagesFolder folder, PhotoFolder data)
    {
        foreach (var row in FewImagesRows.All.Where(row => row.IsTimed))
        {
            var file = Enumerable.Range(1, 3).Select(seed => folder.Model(new FewImagesRun(row, LabelledImages.Everything, seed)))
                .FirstOrDefault(File.Exists);
            if (file is null)
            {
                continue;
            }

            var model = context.Model.Load(file, out _);
            yield return (row.Name, [model]);
            if (row.Way is not FeaturesWay && model.AdaptiveNetwork() is { Exits.Count: > 0 } network)
            {
                var dial = Dial.Of(data, row.Way.Learnt(LabelledImages.Of(data, LabelledImages.Everything, 1)));
                foreach (var (budget, networks) in dial.Turn(context, network, Budgets))
                {
                    yield return (TimingResult.At(row.Name, budget), [.. networks.Select(turned => PhotoPipeline.Around(context, turned))]);
                }
            }
        }
    }

    // Of one half of the test images each.
    private static IEnumerable<(int Half, Photo[] Photos)> Slices(PhotoFolder data)
    {
        var (halves, random) = (Dial.Halves(data.Test), new Random(1));
        return Enumerable.Range(0, halves.Count).SelectMany(half =>
        {
            Photo[] photos = [.. halves[half]];
            random.Shuffle(photos);
            return photos.Chunk(Slice).Where(slice => slice.Length == Slice).Select(slice => (half, slice));
        });
    }

    internal static double? LoadAverage() => File.Exists(LoadFile)
        ? double.Parse(File.ReadAllText(LoadFile).Split(' ')[0], CultureInfo.InvariantCulture)
        : null;
}

/// <summary>What a way takes from file to label: medians over rounds.</summary>
/// <param name="Way">A row's name, and a budget.</param>
/// <param name="Cores">That the process had.</param>
/// <param name="Milliseconds">An image, wall clock.</param>
/// <param name="CpuMilliseconds">An image, processor time of all threads.</param>
/// <param name="OfRival">Wall clock over the rival's in the same round.</param>
/// <param name="CpuOfRival">Processor time over the rival's in the same round.</param>
/// <param name="Provenance">Where it was measured.</param>
internal sealed record TimingResult(
    string Way, int Cores, double Milliseconds, double CpuMilliseconds, double OfRival, double CpuOfRival, Provenance Provenance)
{
    /// <summary>Mean share of the network's MACs that the images took.</summary>
    public double? ComputeFraction { get; init; }

    /// <summary>Processes that wanted a core in the minute before; null where the system does not say.</summary>
    public double? LoadBefore { get; init; }

    public static string At(string row, double budget) => FormattableString.Invariant($"{row} at {budget:P0}");
}
