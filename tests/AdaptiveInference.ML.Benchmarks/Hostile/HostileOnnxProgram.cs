using AdaptiveInference.ML.Transforms.Tests.Onnx.Import.Hostile;

namespace AdaptiveInference.ML.Benchmarks.Hostile;

/// <summary>
/// <c>hostile-onnx [--count n] [--seed n] [--first n]</c>: imports altered ONNX files and scores an image with each; each must end with
/// finite probabilities or one clear refusal.
/// </summary>
internal static class HostileOnnxProgram
{
    public static void Run(string[] args)
    {
        using var trial = new HostileOnnxTrial();
        if (args is [HostileFiles.Child, var childSeed, var from, var to])
        {
            var altered = new HostileOnnx(HostileFiles.Number(childSeed));
            Files(altered, trial).RunChild(altered.Originals.First(), HostileFiles.Number(from), HostileFiles.Number(to));
            return;
        }

        var arguments = new BenchmarkArguments(args, "count", "seed", "first");
        var (seed, first) = (arguments.Number("seed", 1), arguments.Number("first", 0));
        var files = Files(new HostileOnnx(seed), trial);
        HostileFiles.Print(files.Try(seed, first, first + arguments.Number("count", 2000)), "ONNX files", seed);
    }

    private static HostileFiles Files(HostileOnnx altered, HostileOnnxTrial trial) => new("hostile-onnx", altered.Create, trial.Run);
}
