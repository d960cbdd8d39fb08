using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using AdaptiveInference.ML.Benchmarks.Models;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Diagnostics;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Tests.Inference;
using Microsoft.ML;

namespace AdaptiveInference.ML.Benchmarks.MetricsCost;

/// <summary>
/// What the instruments cost one <c>PredictionEngine.Predict</c> of ResNet-20. They cannot be compiled out; so the calls that a prediction
/// makes to them are timed by themselves, a million at a time, without a listener, and set against predictions of the same process. Beside
/// that predictions with listeners, in turns with those without.
/// </summary>
internal static class MetricsCostProgram
{
    private const int CallsAlone = 1_000_000;
    private const int Images = 64;

    private static readonly ImageShape Shape = new(3, 32, 32);

    /// <summary><c>metrics-cost [--rounds N]</c>.</summary>
    public static void Run(string[] args)
    {
        var rounds = new BenchmarkArguments(args, "rounds").Number("rounds", 400);
        var context = new MLContext(1);
        var network = new RandomNetwork(
            new NetworkSpec { Network = NetworkKind.ResNet, Architecture = ResNetArchitecture.Cifar(20), Image = Shape, Classes = 10 }, 1);
        using var transformer = new GatedResNetTransformer(
            context,
            new GatedResNetModel(
                network.Plan, network.Weights, network.Statistics, ClassLabels.OfNames([.. Enumerable.Range(0, 10).Select(i => $"{i}")]),
                ScoringPolicy.Default),
            GatedModels.Columns);
        using var engine = context.Model.CreatePredictionEngine<ImageRow, ScoredImageRow>(
            transformer, inputSchemaDefinition: ImageRow.Schema(Shape));
        var images = FashionImages.Read(Shape, Images);
        var (row, scored) = (new ImageRow(), new ScoredImageRow());

        // Without a listener, before there is any.
        var silent = PairedTiming.Run(rounds, 20, Predict);
        var alone = Alone();
        var turns = InTurns(rounds, Predict);
        var predict = PairedTiming.Quantile(silent[0], 0.5);
        Console.WriteLine("\n`PredictionEngine.Predict`, ResNet-20 (CIFAR), 3×32×32, every block run\n");
        Console.WriteLine("| | measured | must |");
        Console.WriteLine("|---|---|---|");
        Line("`Predict` without a listener, median µs", predict, "F2", "");
        Line("calls to instruments in it, without a listener, ns", alone, "F2", "");
        Line("… as a share of `Predict`, %", alone / predict / 10, "F4", "< 1");
        Line("`Predict` in turns: metrics listened to ÷ without, median", Median(turns[1], turns[0]), "F4", "");
        Line("`Predict` in turns: metrics and spans listened to ÷ without, median", Median(turns[2], turns[0]), "F4", "");

        void Predict(int call)
        {
            row.Features = images[call / 3 % Images];
            engine.Predict(row, ref scored);
        }
    }

    // The best of several: what disturbs it only adds.
    private static double Alone()
    {
        var telemetry = new ScoringTelemetry("ResNet-20", []);
        var best = double.PositiveInfinity;
        for (var repeat = 0; repeat < 10; repeat++)
        {
            var start = Stopwatch.GetTimestamp();
            for (var call = 0; call < CallsAlone; call++)
            {
                var began = ScoringTelemetry.Start();
                using var span = telemetry.StartSpan();
                telemetry.Scored(began, span, exit: -1, computeFraction: 1, isAccepted: true);
            }

            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalNanoseconds / CallsAlone);
        }

        return best;
    }

    private static double[][] InTurns(int rounds, Action<int> predict)
    {
        MeterListener? meters = null;
        ActivityListener? spans = null;
        var times = PairedTiming.Run(
            rounds, 20,
            call => Listened(call, withMetrics: false, withSpans: false),
            call => Listened(call, withMetrics: true, withSpans: false),
            call => Listened(call, withMetrics: true, withSpans: true));
        meters?.Dispose();
        spans?.Dispose();
        return times;

        // Listeners change before a slice of twenty calls, within its time: what is measured is an upper bound.
        void Listened(int call, bool withMetrics, bool withSpans)
        {
            if (withMetrics != meters is not null)
            {
                meters?.Dispose();
                meters = withMetrics ? Meters() : null;
            }

            if (withSpans != spans is not null)
            {
                spans?.Dispose();
                spans = withSpans ? Spans() : null;
            }

            predict(call);
        }
    }

    private static MeterListener Meters()
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Meter.Name == AdaptiveTelemetry.Name)
                {
                    listening.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>(static (_, _, _, _) => { });
        listener.SetMeasurementEventCallback<double>(static (_, _, _, _) => { });
        listener.Start();
        return listener;
    }

    private static ActivityListener Spans()
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == AdaptiveTelemetry.Name,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private static double Median(double[] times, double[] reference)
        => PairedTiming.Quantile(times.Zip(reference, (time, other) => time / other), 0.5);

    private static void Line(string name, double value, string format, string must)
        => Console.WriteLine($"| {name} | {value.ToString(format, CultureInfo.InvariantCulture)} | {must} |");
}
