namespace AdaptiveInference.ML.Benchmarks.Stress;

/// <summary>Arguments of the benchmark <c>stress</c>.</summary>
internal sealed record StressOptions
{
    public const string Usage =
        "stress --service FILE (ModelBuilderStyle.WebApi.dll) --model FILE (.zip) --other FILE (.zip) --images FOLDER "
        + "[--calibration FOLDER] [--requests 100000] [--clients 200] [--pictures 40] [--seed 1] [--port 5188]";

    public required string Service { get; init; }

    public required string Model { get; init; }

    /// <summary>A model that takes turns with the first.</summary>
    public required string Other { get; init; }

    public required string Images { get; init; }

    /// <summary>Images that the service measures its steps on; null has it guess them.</summary>
    public string? Calibration { get; init; }

    public int Requests { get; init; } = 100_000;

    public int Clients { get; init; } = 200;

    /// <summary>Different images that are sent.</summary>
    public int Pictures { get; init; } = 40;

    public int Seed { get; init; } = 1;

    public int Port { get; init; } = 5188;

    /// <exception cref="BenchmarkArgumentException">An option is unknown, missing or no whole number above 0.</exception>
    public static StressOptions Parse(string[] args)
    {
        var given = new NamedArguments(
            args, Usage, "service", "model", "other", "images", "calibration", "requests", "clients", "pictures", "seed", "port");
        return new StressOptions
        {
            Service = given.Text("service"),
            Model = given.Text("model"),
            Other = given.Text("other"),
            Images = given.Text("images"),
            Calibration = given.TextOrNull("calibration") is { } folder ? Path.GetFullPath(folder) : null,
            Requests = given.Whole("requests", 100_000, least: 1),
            Clients = given.Whole("clients", 200, least: 1),
            Pictures = given.Whole("pictures", 40, least: 1),
            Seed = given.Whole("seed", 1, least: 1),
            Port = given.Whole("port", 5188, least: 1),
        };
    }
}
