using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using AdaptiveInference.ML.Benchmarks.Models;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using Microsoft.ML;

namespace AdaptiveInference.ML.Benchmarks.StartUp;

/// <summary>
/// <c>start-up [--runs n]</c>: fresh processes, one after another, load a saved SkipNet over ResNet-38 for 32×32 images and predict.
/// </summary>
/// <remarks>
/// The processes are of the program that runs. To measure an application that is compiled in advance, publish this one and run it:
/// <c>dotnet publish -c Release tests/AdaptiveInference.ML.Benchmarks -r linux-x64 --self-contained false -p:PublishReadyToRun=true -o
/// FOLDER</c>, then <c>FOLDER/AdaptiveInference.ML.Benchmarks start-up</c>.
/// </remarks>
internal static class StartUpProgram
{
    private const string Child = "--in-child";

    public static void Run(string[] args)
    {
        if (args is [Child, var modelFile, var imageFile])
        {
            StartUpChild.Run(modelFile, imageFile);
            return;
        }

        var runs = new BenchmarkArguments(args, "runs").Number("runs", 15);
        var folder = Directory.CreateTempSubdirectory("start-up");
        try
        {
            var (model, images) = (Path.Combine(folder.FullName, "model.zip"), Path.Combine(folder.FullName, "images.bin"));
            Save(model, images);
            Print([.. Enumerable.Range(0, runs).Select(_ => Measure(model, images))]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Save(string modelFile, string imageFile)
    {
        var spec = new NetworkSpec
        {
            Network = NetworkKind.SkipNet,
            Gate = GateKind.Recurrent,
            Architecture = ResNetArchitecture.Cifar(38),
            Image = new ImageShape(3, 32, 32),
            Classes = 10,
        };
        var images = FashionImages.Read(spec.Image, 200);
        var context = new MLContext();
        using var transformer = new GatedResNetTransformer(context, GatedModels.Create(spec, images, images), GatedModels.Columns);
        var view = context.Data.LoadFromEnumerable([new ImageRow { Features = images[0] }], ImageRow.Schema(spec.Image));
        context.Model.Save(transformer, view.Schema, modelFile);
        File.WriteAllBytes(imageFile, MemoryMarshal.AsBytes(images.SelectMany(image => image).ToArray().AsSpan()).ToArray());
    }

    private static StartUpReport Measure(string model, string images)
        => JsonSerializer.Deserialize<StartUpReport>(ChildProcess.Run(new Dictionary<string, string>(), "start-up", Child, model, images))!;

    private static void Print(StartUpReport[] reports)
    {
        Console.WriteLine($"\nSkipNet Recurrent, ResNet-38 (CIFAR), 3×32×32: {reports.Length} fresh processes\n");
        Console.WriteLine("| | median | best | worst | must |");
        Console.WriteLine("|---|---|---|---|---|");
        Row("load call to first prediction, ms", report => report.TotalMilliseconds, "≤ 300");
        Row("– loading the model, ms", report => report.LoadMilliseconds, "");
        Row("– making the prediction engine, ms", report => report.EngineMilliseconds, "");
        Row("– first prediction, ms", report => report.PredictMilliseconds, "");
        Row("processor time to the 100th prediction, all threads, ms", report => report.ProcessorMilliseconds, "");
        Row("working set behind the 100th prediction, MiB", report => report.WorkingSet / 1048576.0, "< 200");
        Row("peak working set of the whole run, MiB", report => report.PeakWorkingSet / 1048576.0, "< 200");
        Row("2nd to 100th prediction ÷ steady state", report => report.EarlyRatio, "≤ 2", "F2");
        Row("the slowest of them ÷ steady state", report => report.SlowestEarlyRatio, "", "F2");
        Row("prediction in steady state, µs", report => report.SteadyMicroseconds, "");

        void Row(string name, Func<StartUpReport, double> value, string must, string format = "F0")
        {
            var values = reports.Select(value).ToArray();
            string[] cells =
            [
                .. ((double[])[PairedTiming.Quantile(values, 0.5), values.Min(), values.Max()])
                    .Select(number => number.ToString(format, CultureInfo.InvariantCulture)),
            ];
            Console.WriteLine($"| {name} | {string.Join(" | ", cells)} | {must} |");
        }
    }
}
