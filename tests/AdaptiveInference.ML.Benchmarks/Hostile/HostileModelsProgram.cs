using AdaptiveInference.ML.Transforms.Tests.Persistence.Hostile;

namespace AdaptiveInference.ML.Benchmarks.Hostile;

/// <summary>
/// <c>hostile-models [--count n] [--seed n] [--first n]</c>: loads altered model files and scores a row with each. The files that have a
/// name, bombs for the most part, come first.
/// </summary>
internal static class HostileModelsProgram
{
    public static void Run(string[] args)
    {
        if (args is [HostileFiles.Child, var childSeed, var from, var to])
        {
            var seedOfChild = HostileFiles.Number(childSeed);
            Files(seedOfChild).RunChild(new HostileModels(seedOfChild).Create(0).Zip, HostileFiles.Number(from), HostileFiles.Number(to));
            return;
        }

        var arguments = new BenchmarkArguments(args, "count", "seed", "first");
        var (seed, first) = (arguments.Number("seed", 1), arguments.Number("first", 0));
        var files = Files(seed);
        var named = files.Try(seed, -NamedHostileModels.All.Count, 0);
        Console.WriteLine();
        named.ForEach(Console.WriteLine);
        Console.WriteLine();
        HostileFiles.Print(files.Try(seed, first, first + arguments.Number("count", 10_000)), "model files", seed);
    }

    private static HostileFiles Files(int seed)
    {
        var models = new HostileModels(seed);
        return new HostileFiles(
            "hostile-models",
            number => number < 0 ? Named(NamedHostileModels.All[number + NamedHostileModels.All.Count]) : models.Create(number),
            HostileTrial.Run);
    }

    private static (string What, byte[] Zip) Named((string What, Func<byte[]> Zip) model)
    {
        var zip = model.Zip();
        return ($"{model.What}, {zip.Length / 1024} kB", zip);
    }
}
