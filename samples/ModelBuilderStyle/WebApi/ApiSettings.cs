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
        if (wrong.Count > 0)
        {
            throw new ArgumentException($"The settings are not usable. {string.Join(" ", wrong)}");
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
