using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using AdaptiveInference.ML.Benchmarks.Models;
using AdaptiveInference.ML.Transforms;
using Microsoft.ML;

namespace AdaptiveInference.ML.Benchmarks.StartUp;

/// <summary>The fresh process: loads a model, predicts, and prints one line.</summary>
internal static class StartUpChild
{
    private const int EarlyPredictions = 100;
    private const int SteadyRounds = 20;

    public static void Run(string modelFile, string imageFile)
    {
        // What a caller has at hand anyway.
        var shape = new ImageShape(3, 32, 32);
        float[][] images = [.. MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(imageFile)).ToArray().Chunk(shape.Size)];
        var context = new MLContext();
        var schema = ImageRow.Schema(shape);
        var row = new ImageRow();
        var scored = new ScoredImageRow();
        var process = Process.GetCurrentProcess();
        var processor = process.TotalProcessorTime;

        var start = Stopwatch.GetTimestamp();
        var model = context.Model.Load(modelFile, out _);
        var loaded = Stopwatch.GetTimestamp();
        using var engine = context.Model.CreatePredictionEngine<ImageRow, ScoredImageRow>(model, inputSchemaDefinition: schema);
        var made = Stopwatch.GetTimestamp();
        row.Features = images[0];
        engine.Predict(row, ref scored);
        var predicted = Stopwatch.GetTimestamp();

        var early = new double[EarlyPredictions];
        Time(early);
        process.Refresh();
        processor = process.TotalProcessorTime - processor;
        var workingSet = process.WorkingSet64;

        // Tiering ends some hundred milliseconds after the last new method; then the same images again.
        for (var i = 0; i < 3000; i++)
        {
            Predict(i);
        }

        Thread.Sleep(500);
        var rounds = Enumerable.Range(0, SteadyRounds).Select(_ => new double[EarlyPredictions]).ToArray();
        foreach (var round in rounds)
        {
            Time(round);
        }

        var steady = Enumerable.Range(0, EarlyPredictions)
            .Select(i => PairedTiming.Quantile(rounds.Select(round => round[i]), 0.5)).ToArray();
        process.Refresh();
        Console.WriteLine(JsonSerializer.Serialize(new StartUpReport(
            Milliseconds(start, loaded),
            Milliseconds(loaded, made),
            Milliseconds(made, predicted),
            processor.TotalMilliseconds,
            workingSet,
            process.PeakWorkingSet64,
            early[1..].Sum() / steady[1..].Sum(),
            early[1..].Zip(steady[1..], (first, later) => first / later).Max(),
            steady.Average())));

        void Predict(int i)
        {
            row.Features = images[i % images.Length];
            engine.Predict(row, ref scored);
        }

        // Microseconds of each; the first of the early ones was predicted before.
        void Time(double[] times)
        {
            for (var i = 1; i < times.Length; i++)
            {
                var before = Stopwatch.GetTimestamp();
                Predict(i);
                times[i] = Stopwatch.GetElapsedTime(before).TotalMicroseconds;
            }
        }
    }

    private static double Milliseconds(long from, long to) => Stopwatch.GetElapsedTime(from, to).TotalMilliseconds;
}
