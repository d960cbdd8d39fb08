namespace ModelBuilderStyle.Workers;

/// <summary>What the operator of a worker decides: section <c>Worker</c> of the configuration, or <c>--Worker:NAME VALUE</c>.</summary>
public sealed record WorkerSettings
{
    /// <summary>Name of the section.</summary>
    public const string Section = "Worker";

    /// <summary>Default of <see cref="Store"/>.</summary>
    public const string DefaultStore = "results.db";

    /// <summary>Default of <see cref="Queue"/>.</summary>
    public const string DefaultQueue = "adaptive-inference.images";

    /// <summary>Default of <see cref="PrefetchPerEngine"/>: enough that no engine waits for the broker or the store.</summary>
    public const int DefaultPrefetchPerEngine = 4;

    /// <summary>Default of <see cref="DeliveryLimit"/>: that of RabbitMQ 4.</summary>
    public const int DefaultDeliveryLimit = 20;

    /// <summary>Default of <see cref="MaxImageBytes"/>: a photo of a telephone.</summary>
    public const int DefaultMaxImageBytes = 10 * 1024 * 1024;

    /// <summary>Default of <see cref="MaxImagePixels"/>: 100 MB when decoded.</summary>
    public const int DefaultMaxImagePixels = 25_000_000;

    /// <summary>Default of <see cref="MaxPaths"/>.</summary>
    public const int DefaultMaxPaths = 1000;

    /// <summary>Default of <see cref="PathsPerMessage"/>.</summary>
    public const int DefaultPathsPerMessage = 20;

    /// <summary>Default of <see cref="LeastComputeBudget"/>.</summary>
    public const double DefaultLeastComputeBudget = 0.25;

    /// <summary>Default of <see cref="StopSeconds"/>: less than Kubernetes waits.</summary>
    public const int DefaultStopSeconds = 25;

    // What the library's controller takes.
    private const double MostTargetSeconds = 600;
    private const int MostPrefetch = 65_535;
    private const int MostPort = 65_535;

    /// <summary>
    /// The trained model, a <c>.zip</c>; also <c>--model PATH</c>. Default: <c>FashionClassifier.zip</c> next to the program.
    /// </summary>
    public string Model { get; init; } = FashionClassifier.MLNetModelPath;

    /// <summary>
    /// Address of RabbitMQ, such as <c>amqp://user:password@host:5672/vhost</c>; also <c>--broker URI</c>. Null scores
    /// <see cref="Folder"/> and ends.
    /// </summary>
    public string? Broker { get; init; }

    /// <summary>Without a broker, the folder whose images are scored; also <c>--folder PATH</c>.</summary>
    public string? Folder { get; init; }

    /// <summary>
    /// A folder whose images are put into the broker's queue, by their paths below it, instead of scoring any; also <c>--send PATH</c>.
    /// </summary>
    public string? Send { get; init; }

    /// <summary>
    /// The folder that paths in messages are below of; also <c>--root PATH</c>. Null: only messages that bring the image itself are
    /// scored.
    /// </summary>
    public string? Root { get; init; }

    /// <summary>
    /// Where results are written: a file for SQLite, or a connection string with <c>Host=</c> for PostgreSQL; also <c>--store</c>.
    /// </summary>
    public string Store { get; init; } = DefaultStore;

    /// <summary>
    /// Name of the queue. Dead letters are in the queue of this name with <c>.dead</c>, results at the exchange with <c>.results</c>.
    /// </summary>
    public string Queue { get; init; } = DefaultQueue;

    /// <summary>Images that are decoded and scored at the same time, from 1. Default: one per processor.</summary>
    public int Engines { get; init; } = Environment.ProcessorCount;

    /// <summary>Messages that the broker hands out ahead, for each engine, from 1.</summary>
    public int PrefetchPerEngine { get; init; } = DefaultPrefetchPerEngine;

    /// <summary>How often a message is delivered that no worker has finished, from 1; then it is a dead letter.</summary>
    public int DeliveryLimit { get; init; } = DefaultDeliveryLimit;

    /// <summary>Largest image file in bytes, from 1.</summary>
    public int MaxImageBytes { get; init; } = DefaultMaxImageBytes;

    /// <summary>Most pixels (width × height) of an image, from 1. Read from the file's header, before anything is decoded.</summary>
    public int MaxImagePixels { get; init; } = DefaultMaxImagePixels;

    /// <summary>Most paths in one message, from 1.</summary>
    public int MaxPaths { get; init; } = DefaultMaxPaths;

    /// <summary>Paths in each message that this program makes itself, from 1 to <see cref="MaxPaths"/>.</summary>
    public int PathsPerMessage { get; init; } = DefaultPathsPerMessage;

    /// <summary>
    /// Seconds within which an image that comes now is to be scored, above 0 to 600: when the backlog is longer, images get less work.
    /// Null: however long it is, nothing is taken from accuracy.
    /// </summary>
    public double? TargetSeconds { get; init; }

    /// <summary>With calibration images: the least mean of the compute fraction that a backlog may lead to, above 0 to 1.</summary>
    public double LeastComputeBudget { get; init; } = DefaultLeastComputeBudget;

    /// <summary>
    /// A folder of images like those to come, without labels, by which the steps between are chosen; null goes by the confidence of the
    /// network's exits.
    /// </summary>
    public string? CalibrationImages { get; init; }

    /// <summary>Port on which health and metrics are asked for, from 0; 0 opens none.</summary>
    public int StatusPort { get; init; }

    /// <summary>Seconds within which messages that have been begun must be finished when the worker is told to stop, from 0.</summary>
    public int StopSeconds { get; init; } = DefaultStopSeconds;

    /// <summary>Messages that the broker hands out ahead.</summary>
    public int Prefetch => Engines * PrefetchPerEngine;

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentException">At least one is out of range; the message lists them all.</exception>
    public void Check()
    {
        var wrong = new List<string>();
        Least(nameof(Engines), Engines, 1);
        Least(nameof(PrefetchPerEngine), PrefetchPerEngine, 1);
        Least(nameof(DeliveryLimit), DeliveryLimit, 1);
        Least(nameof(MaxImageBytes), MaxImageBytes, 1);
        Least(nameof(MaxImagePixels), MaxImagePixels, 1);
        Least(nameof(MaxPaths), MaxPaths, 1);
        Least(nameof(StopSeconds), StopSeconds, 0);
        Must(
            PathsPerMessage >= 1 && PathsPerMessage <= Math.Max(1, MaxPaths), nameof(PathsPerMessage), $"from 1 to {MaxPaths}",
            PathsPerMessage);
        Must(
            (long)Engines * PrefetchPerEngine <= MostPrefetch, nameof(PrefetchPerEngine),
            $"at most {MostPrefetch} with all {Engines} engines together", PrefetchPerEngine);
        Must(StatusPort is >= 0 and <= MostPort, nameof(StatusPort), $"from 0 to {MostPort}", StatusPort);
        Must(
            TargetSeconds is null or (> 0 and <= MostTargetSeconds), nameof(TargetSeconds), $"above 0 to {MostTargetSeconds}",
            TargetSeconds);
        Must(LeastComputeBudget is > 0 and <= 1, nameof(LeastComputeBudget), "above 0 to 1", LeastComputeBudget);
        if (string.IsNullOrWhiteSpace(Queue))
        {
            wrong.Add($"{Section}:{nameof(Queue)} must have a name.");
        }

        if (string.IsNullOrWhiteSpace(Store))
        {
            wrong.Add($"{Section}:{nameof(Store)} must be a file, or a connection string with Host=.");
        }

        CheckPlaces(wrong);
        if (wrong.Count > 0)
        {
            throw new ArgumentException($"The settings are not usable. {string.Join(" ", wrong)}");
        }

        void Least(string name, int value, int minimum) => Must(value >= minimum, name, $"at least {minimum}", value);

        void Must(bool holds, string name, string range, object? value)
        {
            if (!holds)
            {
                wrong.Add(FormattableString.Invariant($"{Section}:{name} must be {range}, got {value}."));
            }
        }
    }

    /// <summary>What of this is about the engines.</summary>
    internal EngineSettings ForEngines() => new(Section)
    {
        Model = Model, Engines = Engines, Ladder = TargetSeconds is not null,
        TargetMilliseconds = 1000 * (TargetSeconds ?? MostTargetSeconds),
        LadderSetting = $"{Section}:{nameof(TargetSeconds)} is not set.", LeastComputeBudget = LeastComputeBudget,
        CalibrationImages = CalibrationImages, MaxImageBytes = MaxImageBytes, MaxImagePixels = MaxImagePixels,
    };

    private void CheckPlaces(List<string> wrong)
    {
        if (Broker is null && Folder is null)
        {
            wrong.Add("Name a folder of images to score with '--folder PATH', or a broker to take them from with '--broker URI'.");
        }

        if (Broker is not null && Folder is not null)
        {
            wrong.Add("Name '--folder PATH' or '--broker URI', not both; '--send PATH' puts a folder into the broker's queue.");
        }

        if (Send is not null && Broker is null)
        {
            wrong.Add("'--send PATH' needs '--broker URI'.");
        }

        // The address itself is not repeated: it has a password in it.
        if (Broker is not null && !(Uri.TryCreate(Broker, UriKind.Absolute, out var uri) && uri!.Scheme is "amqp" or "amqps"))
        {
            wrong.Add($"{Section}:{nameof(Broker)} must be like amqp://user:password@host:5672/vhost.");
        }

        foreach (var (name, folder) in new[] { (nameof(Folder), Folder), (nameof(Send), Send), (nameof(Root), Root) })
        {
            if (folder is not null && !Directory.Exists(folder))
            {
                wrong.Add($"{Section}:{name}: there is no folder '{folder}'.");
            }
        }
    }
}
