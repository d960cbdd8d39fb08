using System.Diagnostics;
using System.Globalization;
using AdaptiveInference.ML.Transforms;

namespace ModelBuilderStyle.WebApi;

/// <summary>
/// A model in use: engines for each step of its ladder, and who uses them. It is disposed when it has been replaced and the last request
/// that began with it has ended.
/// </summary>
internal sealed class ServedModel
{
    private const int BudgetDigits = 3;

    private readonly Lock _lock = new();
    private readonly string[] _classes;
    private readonly string[] _blocks;
    private readonly EnginePool<FashionClassifier.ModelInput>[] _engines;
    private readonly Lazy<EnginePool<PixelInput>>[] _pixels;
    private int _users = 1;

    private ServedModel(ModelFile file, ApiSettings settings)
    {
        var network = file.Network;
        var factory = new EngineFactory(file, settings);
        _classes = [.. network.ClassNames];
        _blocks = [.. network.Blocks.Select(block => block.Name)];
        (File, Loaded, Shape) = (file, DateTimeOffset.UtcNow, factory.Shape);
        Name = Path.GetFileNameWithoutExtension(file.Path);
        Family = string.Create(CultureInfo.InvariantCulture, $"{network.Network}-{network.Architecture.Depth}");
        Steps = factory.Steps(out var limit);
        Limit = limit;
        ReadsPixels = factory.ReadsPixels();
        _engines = [.. Steps.Select(step => factory.Files(Watched(step.Network, settings)))];
        _pixels = [.. Steps.Select(step => new Lazy<EnginePool<PixelInput>>(() => factory.Pixels(step.Network)))];
        Load = new LoadController(
            factory.WholeTime(), Steps.Select(step => step.ComputeFraction),
            new LoadControllerOptions { TargetMilliseconds = settings.TargetMilliseconds, Engines = settings.Engines, Name = Name });
    }

    /// <summary>The file.</summary>
    public ModelFile File { get; }

    /// <summary>When it was loaded.</summary>
    public DateTimeOffset Loaded { get; }

    /// <summary>Name of the file without its ending.</summary>
    public string Name { get; }

    /// <summary>Family and depth of the network.</summary>
    public string Family { get; }

    /// <summary>Channels, height and width.</summary>
    public IReadOnlyList<int> Shape { get; }

    /// <summary>Names of the classes.</summary>
    public IReadOnlyList<string> Classes => _classes;

    /// <summary>Names of the residual blocks.</summary>
    public IReadOnlyList<string> Blocks => _blocks;

    /// <summary>Settings, the most accurate first.</summary>
    public IReadOnlyList<ComputeStep> Steps { get; }

    /// <summary>Whether pixels can be scored too; image files always can.</summary>
    public bool ReadsPixels { get; }

    /// <summary>Why there are no more of them.</summary>
    public string? Limit { get; }

    /// <summary>Chooses among them.</summary>
    public LoadController Load { get; }

    /// <summary>Loads a file and tries it with an image at every setting.</summary>
    /// <exception cref="ModelFileException">It cannot be used; the message says why.</exception>
    public static ServedModel Read(ApiSettings settings)
    {
        var file = ModelFile.Read(settings.Model);
        try
        {
            return new ServedModel(file, settings);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or FormatException)
        {
            // It has other columns than the sample's, or no answer.
            throw ModelFile.Unusable(file.Path, exception.GetBaseException().Message, exception);
        }
    }

    /// <summary>
    /// Mean compute fraction of images at a step: as measured when the model was loaded, or else of those that were answered of late.
    /// </summary>
    public double BudgetOf(int step)
        => Math.Round(Steps[step].IsMeasured ? Steps[step].ComputeFraction : Load.ComputeFraction(step), BudgetDigits);

    /// <summary>Begins to use the model.</summary>
    /// <returns>False when it is gone already.</returns>
    public bool Take()
    {
        lock (_lock)
        {
            _users += _users > 0 ? 1 : 0;
            return _users > 0;
        }
    }

    /// <summary>Ends the use of the model, or its being the current one.</summary>
    public void Release()
    {
        lock (_lock)
        {
            if (--_users > 0)
            {
                return;
            }
        }

        Array.ForEach(_engines, pool => pool.Dispose());
        foreach (var pool in _pixels.Where(pool => pool.IsValueCreated))
        {
            pool.Value.Dispose();
        }
    }

    /// <summary>Decodes and classifies an image file.</summary>
    /// <exception cref="RequestProblem">It is no image, or a damaged one.</exception>
    public ScoredImage Score(byte[] image, int step)
    {
        try
        {
            return Score(_engines[step], new FashionClassifier.ModelInput { ImageSource = image }, step);
        }
        catch (FormatException error)
        {
            throw ImageHeader.Unreadable(image.Length, error.Data["Problem"] as string);
        }
    }

    /// <summary>Classifies pixels.</summary>
    /// <param name="pixels">Raw values, planar.</param>
    /// <param name="step">The setting.</param>
    /// <exception cref="RequestProblem">They cannot be scored.</exception>
    public ScoredImage Score(float[] pixels, int step)
    {
        try
        {
            return Score(_pixels[step].Value, new PixelInput { ImageSource = pixels }, step);
        }
        catch (FormatException error)
        {
            throw new RequestProblem(
                StatusCodes.Status422UnprocessableEntity,
                $"The pixels cannot be classified: {error.Data["Problem"] ?? "no finite answer"}.");
        }
    }

    /// <summary>The answer of the service for a scored image.</summary>
    public Prediction AnswerOf(ScoredImage image) => new(
        image.Output.PredictedLabel,
        [
            .. _classes.Zip(image.Output.Score, (name, probability) => new ClassScore(name, probability))
                .OrderByDescending(score => score.Probability),
        ],
        [.. _blocks.Zip(image.Output.ExecutionPath, (name, ran) => new BlockStep(name, ran > 0))],
        image.Output.ComputeFraction,
        Math.Round(image.Busy.TotalMilliseconds, BudgetDigits),
        image.Budget);

    private ScoredImage Score<TInput>(EnginePool<TInput> engines, TInput input, int step)
        where TInput : class
    {
        var start = Stopwatch.GetTimestamp();
        var output = engines.Predict(input);
        var busy = Stopwatch.GetElapsedTime(start);
        Load.End(step, busy, output.ComputeFraction);
        return new ScoredImage(output, busy, BudgetOf(step));
    }

    // A monitor is about one setting: the model's own.
    private GatedResNetTransformer Watched(GatedResNetTransformer network, ApiSettings settings)
        => settings.DriftShare > 0 && ReferenceEquals(network, File.Network)
            ? network.WithMonitor(new DriftMonitor(
                new DriftMonitorOptions { Share = settings.DriftShare, AllowedRate = settings.DriftAllowedRate }) { Name = Name })
            : network;
}
