using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Transforms;
using Microsoft.ML;
using TorchSharp;

namespace AdaptiveInference.ML.Benchmarks.TrainingSpeed;

/// <summary>
/// <c>same-model --data FOLDER [--fits N] [--busy N] [--threads N] [--precision single|mixed]</c>: fits with one seed, each in a process of
/// its own, beside threads that do nothing but take processor time; with all threads and with one, in single precision and in bfloat16.
/// Prints the hash of every model's weights.
/// </summary>
internal static class SameModelProgram
{
    private const string Usage = "Usage: … same-model --data FOLDER [--fits N] [--busy N] [--threads N] [--precision single|mixed]";
    private const string Argument = "--one-fit";
    private const int Images = 600;

    public static void Run(string[] args)
    {
        if (args is [Argument, var json])
        {
            Console.WriteLine(HashOfFit(JsonSerializer.Deserialize<SameModelFit>(json)!));
            return;
        }

        var named = new NamedArguments(args, Usage, "data", "fits", "busy", "threads", "precision");
        var (data, fits) = (named.Text("data"), named.Whole("fits", 10, 1));
        using var over = new CancellationTokenSource();
        var loops = Enumerable.Range(0, named.Whole("busy", 8))
            .Select(_ => new Thread(() => Spin(over.Token)) { IsBackground = true }).ToList();
        loops.ForEach(loop => loop.Start());
        Console.WriteLine($"{loops.Count} busy loops on {Environment.ProcessorCount} cores");
        var precision = named.TextOrNull("precision");
        foreach (var mixed in Precisions().Where(mixed => precision is null || precision == (mixed ? "mixed" : "single")))
        {
            foreach (var threads in ((int[])[named.Whole("threads", Environment.ProcessorCount, 1), 1]).Distinct())
            {
                var fit = JsonSerializer.Serialize(new SameModelFit(data, mixed, threads));
                var hashes = Enumerable.Range(0, fits)
                    .Select(_ => ChildProcess.Run(new Dictionary<string, string>(), "same-model", Argument, fit).TrimEnd().Split('\n')[^1])
                    .ToList();
                var kinds = hashes.Distinct().ToList();
                Console.WriteLine(
                    $"{(mixed ? "bfloat16" : "single precision")}, {threads} threads: {fits} fits, {kinds.Count} different: "
                    + string.Join(", ", kinds));
            }
        }

        over.Cancel();
    }

    private static bool[] Precisions() => BFloat16Instructions.AreOnProcessor ? [false, true] : [false];

    private static void Spin(CancellationToken over)
    {
        for (var number = 1u; !over.IsCancellationRequested;)
        {
            for (var i = 0; i < 1_000_000; i++)
            {
                number = (number * 1664525) + 1013904223;
            }
        }
    }

    private static string HashOfFit(SameModelFit fit)
    {
        LibTorchRuntime.Start();
        torch.set_num_threads(fit.Threads);
        var context = new MLContext();
        var images = context.Data.TakeRows(Evidence.IdxData.Read(fit.Data).AllTraining(context), Images);
        using var model = context.MulticlassClassification.Trainers.SkipNet(new SkipNetTrainer.Options
        {
            Architecture = ResNetArchitecture.Cifar(8), Epochs = 1, ReinforcementEpochs = 1, BatchSize = 32, Seed = 7,
            Augmentation = ImageAugmentation.PhotoFlip, Exits = new ExitOptions(), MixedPrecision = fit.Mixed,
        }).Fit(images);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var tensor in model.Model.Weights.Layout)
        {
            hash.AppendData(MemoryMarshal.AsBytes(model.Model.Weights[tensor.Name]));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    /// <param name="Data">Folder of the images.</param>
    /// <param name="Mixed">Whether in bfloat16.</param>
    /// <param name="Threads">That train.</param>
    private sealed record SameModelFit(string Data, bool Mixed, int Threads);
}
