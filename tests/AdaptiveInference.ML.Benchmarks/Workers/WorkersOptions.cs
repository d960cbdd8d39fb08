namespace AdaptiveInference.ML.Benchmarks.Workers;

/// <summary>Arguments of the benchmark <c>workers</c>.</summary>
internal sealed record WorkersOptions
{
    public const string Usage =
        "workers --workers FILE (ModelBuilderStyle.Workers.dll) --model FILE (.zip) --images FOLDER [--chaos 20000] [--timed 4000] "
        + "[--rounds 3] [--kill-every 5]";

    public required string Workers { get; init; }

    public required string Model { get; init; }

    /// <summary>Image files; as many different ones as are needed are made of them.</summary>
    public required string Images { get; init; }

    /// <summary>Images in the run in which workers are killed; 0 leaves it out.</summary>
    public int Chaos { get; init; } = 20_000;

    /// <summary>Images in each run that is timed; 0 leaves them out.</summary>
    public int Timed { get; init; } = 4000;

    /// <summary>How often each run is timed, in turns.</summary>
    public int Rounds { get; init; } = 3;

    /// <summary>Seconds between two workers that are killed.</summary>
    public int KillEvery { get; init; } = 5;

    /// <exception cref="BenchmarkArgumentException">An option is unknown, missing or no number.</exception>
    public static WorkersOptions Parse(string[] args)
    {
        var given = new NamedArguments(args, Usage, "workers", "model", "images", "chaos", "timed", "rounds", "kill-every");
        return new WorkersOptions
        {
            Workers = Path.GetFullPath(given.Text("workers")),
            Model = Path.GetFullPath(given.Text("model")),
            Images = given.Text("images"),
            Chaos = given.Whole("chaos", 20_000),
            Timed = given.Whole("timed", 4000),
            Rounds = Math.Max(1, given.Whole("rounds", 3)),
            KillEvery = Math.Max(1, given.Whole("kill-every", 5)),
        };
    }
}
