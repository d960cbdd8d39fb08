namespace ModelBuilderStyle.WebApi;

/// <summary>What the operator of the service decides: section <c>Api</c> of the configuration, or <c>--Api:NAME VALUE</c>.</summary>
public sealed record ApiSettings
{
    /// <summary>Name of the section.</summary>
    public const string Section = "Api";

    /// <summary>Default of <see cref="MaxImageBytes"/>: a photo of a telephone.</summary>
    public const int DefaultMaxImageBytes = 10 * 1024 * 1024;

    /// <summary>Default of <see cref="MaxImagePixels"/>: 100 MB when decoded.</summary>
    public const int DefaultMaxImagePixels = 25_000_000;

    /// <summary>Default of <see cref="MaxBatchImages"/>.</summary>
    public const int DefaultMaxBatchImages = 64;

    /// <summary>Default of <see cref="MaxBatchBytes"/>.</summary>
    public const int DefaultMaxBatchBytes = 32 * 1024 * 1024;

    /// <summary>Default of <see cref="MaxBatchPixels"/>: four of the largest images.</summary>
    public const int DefaultMaxBatchPixels = 4 * DefaultMaxImagePixels;

    /// <summary>Default of <see cref="MaxHeldBytes"/>: eight of the largest batches.</summary>
    public const int DefaultMaxHeldBytes = 8 * DefaultMaxBatchBytes;

    /// <summary>Default of <see cref="MaxConnections"/>.</summary>
    public const int DefaultMaxConnections = 2048;

    /// <summary>Default of <see cref="MaxWaiting"/>.</summary>
    public const int DefaultMaxWaiting = 512;

    /// <summary>Default of <see cref="MaxReadSeconds"/>.</summary>
    public const int DefaultMaxReadSeconds = 30;

    /// <summary>Default of <see cref="TargetMilliseconds"/>.</summary>
    public const int DefaultTargetMilliseconds = 100;

    /// <summary>Default of <see cref="LeastComputeBudget"/>.</summary>
    public const double DefaultLeastComputeBudget = 0.25;

    /// <summary>Default of <see cref="ReloadSeconds"/>.</summary>
    public const int DefaultReloadSeconds = 2;

    /// <summary>Default of <see cref="StopSeconds"/>.</summary>
    public const int DefaultStopSeconds = 30;

    /// <summary>Default of <see cref="DriftAllowedRate"/>.</summary>
    public const double DefaultDriftAllowedRate = 0.01;

    /// <summary>
    /// The trained model, a <c>.zip</c>; also <c>--model PATH</c>. Default: <c>FashionClassifier.zip</c> next to the program.
    /// </summary>
    public string Model { get; init; } = FashionClassifier.MLNetModelPath;

    /// <summary>Largest image file in bytes, from 1.</summary>
    public int MaxImageBytes { get; init; } = DefaultMaxImageBytes;

    /// <summary>Most pixels (width × height) of an image, from 1. Read from the file's header, before anything is decoded.</summary>
    public int MaxImagePixels { get; init; } = DefaultMaxImagePixels;

    /// <summary>Most images in one batch, from 1.</summary>
    public int MaxBatchImages { get; init; } = DefaultMaxBatchImages;

    /// <summary>Largest body of a batch in bytes, from 1.</summary>
    public int MaxBatchBytes { get; init; } = DefaultMaxBatchBytes;

    /// <summary>Most pixels of all images of one batch, from 1. Read from the files' headers, before anything is decoded.</summary>
    public int MaxBatchPixels { get; init; } = DefaultMaxBatchPixels;

    /// <summary>
    /// Most bytes of image files that all requests hold together, at least those of the largest image and batch. When there is no room, the
    /// request that holds the most is answered with 503.
    /// </summary>
    public int MaxHeldBytes { get; init; } = DefaultMaxHeldBytes;

    /// <summary>Connections that are open at the same time, from 1; further ones are closed at once.</summary>
    public int MaxConnections { get; init; } = DefaultMaxConnections;

    /// <summary>Images that wait for an engine, from 0; when one more comes, the one that would be last is answered with 503.</summary>
    public int MaxWaiting { get; init; } = DefaultMaxWaiting;

    /// <summary>Seconds within which the body of a request must have come, from 1.</summary>
    public int MaxReadSeconds { get; init; } = DefaultMaxReadSeconds;

    /// <summary>Images that are decoded and scored at the same time, from 1. Default: one per processor.</summary>
    public int Engines { get; init; } = Environment.ProcessorCount;

    /// <summary>
    /// Whether answers may become less accurate, with less work, when there is more to do than fits <see cref="TargetMilliseconds"/>.
    /// </summary>
    public bool Ladder { get; init; } = true;

    /// <summary>Milliseconds within which an image is to be answered, from 1; while they are kept nothing is taken from accuracy.</summary>
    public int TargetMilliseconds { get; init; } = DefaultTargetMilliseconds;

    /// <summary>
    /// With calibration images: the least mean of the compute fraction to which load or a request may bring the answers, above 0 and at
    /// most 1.
    /// </summary>
    public double LeastComputeBudget { get; init; } = DefaultLeastComputeBudget;

    /// <summary>
    /// A folder of images like those to come, without labels, by which the steps between are chosen; null goes by the confidence of the
    /// network's exits.
    /// </summary>
    public string? CalibrationImages { get; init; }

    /// <summary>
    /// Whether no early exit is taken while there is no load, whatever the model's own setting; that is then the second step.
    /// </summary>
    public bool WholeNetworkWhenIdle { get; init; }

    /// <summary>Seconds between two looks at the model file, from 0, which never looks. A file that has changed is loaded.</summary>
    public int ReloadSeconds { get; init; } = DefaultReloadSeconds;

    /// <summary>Seconds within which requests in flight must be done when the service is stopped, from 0.</summary>
    public int StopSeconds { get; init; } = DefaultStopSeconds;

    /// <summary>
    /// Share of the images that a drift monitor compares with the whole network, from 0, which is none, to 1. Each costs once the whole
    /// network more.
    /// </summary>
    public double DriftShare { get; init; }

    /// <summary>Share of the images on which the answers may differ from those of the whole network, above 0 and less than 1.</summary>
    public double DriftAllowedRate { get; init; } = DefaultDriftAllowedRate;

    /// <summary>What of this is about the engines.</summary>
    internal EngineSettings ForEngines() => new(Section)
    {
        Model = Model, Engines = Engines, TargetMilliseconds = TargetMilliseconds, Ladder = Ladder,
        LadderSetting = $"{Section}:{nameof(Ladder)} is false.", LeastComputeBudget = LeastComputeBudget,
        CalibrationImages = CalibrationImages, WholeNetworkWhenIdle = WholeNetworkWhenIdle,
        MaxImageBytes = MaxImageBytes, MaxImagePixels = MaxImagePixels,
    };

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentException">At least one is out of range; the message lists them all.</exception>
    public void Check()
    {
        var wrong = new List<string>();
        Least(nameof(MaxImageBytes), MaxImageBytes, 1);
        Least(nameof(MaxImagePixels), MaxImagePixels, 1);
        Least(nameof(MaxBatchImages), MaxBatchImages, 1);
        Least(nameof(MaxBatchBytes), MaxBatchBytes, 1);
        Least(nameof(MaxBatchPixels), MaxBatchPixels, 1);
        Least(nameof(MaxHeldBytes), MaxHeldBytes, Math.Max(MaxImageBytes, MaxBatchBytes));
        Least(nameof(MaxConnections), MaxConnections, 1);
        Least(nameof(MaxWaiting), MaxWaiting, 0);
        Least(nameof(MaxReadSeconds), MaxReadSeconds, 1);
        Least(nameof(Engines), Engines, 1);
        Least(nameof(TargetMilliseconds), TargetMilliseconds, 1);
        Least(nameof(ReloadSeconds), ReloadSeconds, 0);
        Least(nameof(StopSeconds), StopSeconds, 0);
        Share(nameof(LeastComputeBudget), LeastComputeBudget, LeastComputeBudget is > 0 and <= 1, "above 0 and at most 1");
        Share(nameof(DriftShare), DriftShare, DriftShare is >= 0 and <= 1, "from 0 to 1");
        Share(nameof(DriftAllowedRate), DriftAllowedRate, DriftAllowedRate is > 0 and < 1, "above 0 and less than 1");
        if (wrong.Count > 0)
        {
            throw new ArgumentException($"The settings are not usable. {string.Join(" ", wrong)}");
        }

        void Share(string name, double value, bool holds, string range)
        {
            if (!holds)
            {
                wrong.Add(FormattableString.Invariant($"{Section}:{name} must be {range}, got {value}."));
            }
        }

        void Least(string name, int value, int minimum)
        {
            if (value < minimum)
            {
                wrong.Add($"{Section}:{name} must be at least {minimum}, got {value}.");
            }
        }
    }
}
