using AdaptiveInference.ML.Benchmarks.Evidence;
using AdaptiveInference.ML.LibTorch;
using Microsoft.ML;

namespace AdaptiveInference.ML.Benchmarks.FewImages;

/// <summary>What an image takes from its file to its label, the ways in turns: in every round all of them label the same files.</summary>
internal static class FileToLabelTiming
{
    public const string Rival = "dnn-sdca";

    private const int Slice = 24;

    private static readonly double[] Budgets = [0.6, 0.5];

    public static void Run(FewImagesFolder folder, PhotoFolder data)
    {
        var context = new MLContext(1);
        var photos = data.Test.ToArray();
        new Random(1).Shuffle(photos);
        var ways = Ways(context, folder, data).ToList();
        if (ways.All(way => way.Name != Rival))
        {
            throw new BenchmarkArgumentException($"There is no model of {Rival} in the output folder to compare with.");
        }

        var order = Enumerable.Range(0, ways.Count).ToArray();
        var random = new Random(2);
        var efforts = ways.Select(_ => new List<Effort>()).ToList();
        var slices = photos.Chunk(Slice).Where(slice => slice.Length == Slice).ToList();

        // The first round warms up.
        foreach (var (round, slice) in slices.Prepend(slices[0]).Index())
        {
            random.Shuffle(order);
            foreach (var way in order)
            {
                var (_, effort) = Effort.Of(() => PhotoTest.Answers(ways[way].Model.Transform(context.Data.LoadFromEnumerable(slice))));
                if (round > 0)
                {
                    efforts[way].Add(effort * (1000.0 / Slice));
                }
            }
        }

        LibTorchRuntime.Start();
        var rival = efforts[ways.FindIndex(way => way.Name == Rival)];
        foreach (var (way, times) in ways.Zip(efforts))
        {
            double Median(Func<Effort, Effort, double> value)
                => PairedTiming.Quantile(times.Zip(rival, value), 0.5);
            var result = new TimingResult(
                way.Name, Environment.ProcessorCount, Median((own, _) => own.Seconds), Median((own, _) => own.CpuSeconds),
                Median((own, other) => own.Seconds / other.Seconds), Median((own, other) => own.CpuSeconds / other.CpuSeconds),
                Origin.Of(null));
            folder.Add(result);
            Console.WriteLine(FormattableString.Invariant(
                $"{way.Name,-24} {result.Milliseconds,8:F2} ms, {result.CpuMilliseconds,8:F2} CPU ms, ")
                + FormattableString.Invariant($"{result.OfRival:P0} and {result.CpuOfRival:P0} of {Rival}"));
        }
    }

    private static IEnumerable<(string Name, ITransformer Model)> Ways(MLContext context, FewImagesFolder folder, PhotoFolder data)
    {
        var photos = context.Data.LoadFromEnumerable(data.Validation);
        var calibration = PhotoPipeline.Bytes(context).Fit(photos).Transform(photos);
        foreach (var row in FewImagesRows.All.Where(row => row.IsTimed))
        {
            var file = Enumerable.Range(1, 3).Select(seed => folder.Model(new FewImagesRun(row, LabelledImages.Everything, seed)))
                .FirstOrDefault(File.Exists);
            if (file is null)
            {
                continue;
            }

            var model = context.Model.Load(file, out _);
            yield return (row.Name, model);
            if (row.Way is not FeaturesWay && model.AdaptiveNetwork() is { Exits.Count: > 0 } network)
            {
                foreach (var budget in Budgets)
                {
                    yield return (
                        TimingResult.At(row.Name, budget),
                        PhotoPipeline.Around(context, network.WithComputeBudget(calibration, budget)));
                }
            }
        }
    }
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
    public static string At(string row, double budget) => FormattableString.Invariant($"{row} at {budget:P0}");
}
