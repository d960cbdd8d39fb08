using System.Globalization;

namespace AdaptiveInference.ML.Benchmarks.Stress;

/// <summary>Arguments of the benchmark <c>stress</c>.</summary>
internal sealed record StressOptions
{
    public const string Usage =
        "stress --service FILE (ModelBuilderStyle.WebApi.dll) --model FILE (.zip) --other FILE (.zip) --images FOLDER "
        + "[--requests 100000] [--clients 200] [--pictures 40] [--seed 1] [--port 5188]";

    public required string Service { get; init; }

    public required string Model { get; init; }

    /// <summary>A model that takes turns with the first.</summary>
    public required string Other { get; init; }

    public required string Images { get; init; }

    public int Requests { get; init; } = 100_000;

    public int Clients { get; init; } = 200;

    /// <summary>Different images that are sent.</summary>
    public int Pictures { get; init; } = 40;

    public int Seed { get; init; } = 1;

    public int Port { get; init; } = 5188;

    /// <exception cref="BenchmarkArgumentException">An option is unknown, missing or no whole number above 0.</exception>
    public static StressOptions Parse(string[] args)
    {
        var values = new Dictionary<string, string>();
        for (var i = 0; i < args.Length; i += 2)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal) || i + 1 == args.Length)
            {
                throw new BenchmarkArgumentException(Usage);
            }

            values[args[i][2..]] = args[i + 1];
        }

        string[] known = ["service", "model", "other", "images", "requests", "clients", "pictures", "seed", "port"];
        return values.Keys.Except(known).Any()
            ? throw new BenchmarkArgumentException(Usage)
            : new StressOptions
            {
                Service = Text("service"),
                Model = Text("model"),
                Other = Text("other"),
                Images = Text("images"),
                Requests = Number("requests", 100_000),
                Clients = Number("clients", 200),
                Pictures = Number("pictures", 40),
                Seed = Number("seed", 1),
                Port = Number("port", 5188),
            };

        string Text(string name) => values.GetValueOrDefault(name) ?? throw new BenchmarkArgumentException(Usage);

        int Number(string name, int byDefault) => !values.TryGetValue(name, out var text) ? byDefault
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number
            : throw new BenchmarkArgumentException(Usage);
    }
}
