using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Budget;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using Microsoft.ML;

namespace AdaptiveInference.ML.Benchmarks.Cascade;

/// <summary>
/// Milliseconds of processor time of an image, all settings in turns on each image, in another order every time. The shortest of some runs
/// is what an image takes: anything longer is what else the machine did.
/// </summary>
/// <param name="Images">How many were timed.</param>
/// <param name="FromPixels">By setting: in the networks alone.</param>
/// <param name="FromBytes">By setting: a prediction engine's, from the bytes of the file.</param>
internal sealed record CascadeTiming(int Images, IReadOnlyList<double> FromPixels, IReadOnlyList<double> FromBytes)
{
    public const int Repetitions = 2;

    private const int MostImages = 60;

    public static CascadeTiming Run(MLContext context, CascadeSubject subject, IReadOnlyList<CascadeSetting> settings)
    {
        var step = Math.Max(1, subject.Test.Count / MostImages);
        CascadeImage[] images = [.. subject.Test.Where((_, i) => i % step == 0).Take(MostImages)];
        var rows = subject.Rows(context, images);
        var (small, large) = (Pixels(subject.Small, rows), Pixels(subject.Large, rows));
        var networks = settings.Select(setting => Network(setting, subject, small, large)).ToArray();
        var engines = settings.Select(setting => Engine(context, setting, subject, images)).ToArray();
        return new CascadeTiming(images.Length, InTurns(networks, images.Length), InTurns(engines, images.Length));
    }

    private static double[] InTurns(Action<int>[] ways, int images)
    {
        var (best, random) = (ways.Select(_ => new double[images]).ToArray(), new Random(3));
        var order = Enumerable.Range(0, ways.Length).ToArray();
        foreach (var times in best)
        {
            Array.Fill(times, double.PositiveInfinity);
        }

        // One round more, which warms up.
        for (var run = -images; run < Repetitions * images; run++)
        {
            random.Shuffle(order);
            var image = (run + images) % images;
            foreach (var way in order)
            {
                // The clock would count other programs' turns.
                var start = Environment.CpuUsage.TotalTime;
                ways[way](image);
                var time = (Environment.CpuUsage.TotalTime - start).TotalMilliseconds;
                best[way][image] = run < 0 ? best[way][image] : Math.Min(time, best[way][image]);
            }
        }

        return [.. best.Select(times => times.Average())];
    }

    private static float[][] Pixels(GatedResNetTransformer network, IDataView rows)
        => [.. ComputeBudgetImages.Read(network.Model, network.Plan, network.Columns.Features, rows).Some(int.MaxValue)];

    private static Action<int> Network(CascadeSetting setting, CascadeSubject subject, float[][] small, float[][] large)
    {
        var (first, second) = (setting.First, setting.Second);
        var pixels = first.ImageShape == subject.Small.ImageShape ? small : large;
        var probabilities = new float[first.ClassNames.Count];
        var (trace, further) = (Trace(first), Trace(second ?? first));
        return image =>
        {
            first.Plan.Run(pixels[image], first.Model.Policy, probabilities, trace);
            if (second is not null && !first.Refusal!.Accepts(trace.LargestProbability))
            {
                second.Plan.Run(large[image], second.Model.Policy, probabilities, further);
            }
        };
    }

    private static ExecutionTrace Trace(GatedResNetTransformer network) => new(network.Blocks.Count);

    private static Action<int> Engine(MLContext context, CascadeSetting setting, CascadeSubject subject, CascadeImage[] images)
    {
        var engine = context.Model.CreatePredictionEngine<CascadeImage, Answer>(
            setting.Model(context), new PredictionEngineOptions { InputSchemaDefinition = subject.Schema(), OwnsTransformer = false });
        return image => engine.Predict(images[image]);
    }

    private sealed class Answer
    {
        public uint PredictedLabel { get; set; }
    }
}
