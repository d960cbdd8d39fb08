using System.Diagnostics;
using System.Globalization;
using AdaptiveInference.ML.Transforms;
using Microsoft.ML;
using SkiaSharp;

namespace ModelBuilderStyle.WebApi;

/// <summary>
/// A model in use: engines for each step of its ladder, and who uses them. It is disposed when it has been replaced and the last request
/// that began with it has ended.
/// </summary>
internal sealed class ServedModel
{
    private const int TimedPredictions = 9;
    private const int BudgetDigits = 3;

    private readonly Lock _lock = new();
    private readonly string[] _classes;
    private readonly string[] _blocks;
    private readonly List<EnginePool<FashionClassifier.ModelInput>> _engines = [];
    private readonly Lazy<EnginePool<PixelInput>>[] _pixels;
    private int _users = 1;

    private ServedModel(ModelFile file, ApiSettings settings)
    {
        var network = file.Network;
        var shape = network.ImageShape;
        _classes = [.. network.ClassNames];
        _blocks = [.. network.Blocks.Select(block => block.Name)];
        (File, Loaded) = (file, DateTimeOffset.UtcNow);
        Name = Path.GetFileNameWithoutExtension(file.Path);
        Family = string.Create(CultureInfo.InvariantCulture, $"{network.Network}-{network.Architecture.Depth}");
        Shape = [shape.Channels, shape.Height, shape.Width];
        var blank = new FashionClassifier.ModelInput { ImageSource = BlankImage(shape.Width, shape.Height) };
        _engines.Add(Pool(settings.DriftShare > 0 ? network.WithMonitor(MonitorOf(settings, Name)) : network, blank, settings));
        Steps = StepsOf(network, settings, out var limit);
        Limit = limit;
        for (var step = 0; step < Steps.Count; step++)
        {
            if (!ReferenceEquals(Steps[step].Network, network))
            {
                _engines.Insert(step, Pool(Steps[step].Network, blank, settings));
            }
        }

        ReadsPixels = TriesPixels();
        _pixels = [.. Steps.Select(step => new Lazy<EnginePool<PixelInput>>(() => PixelPool(step.Network, settings.Engines)))];
        Load = new LoadController(
            WholeTime(blank, settings), Steps.Select(step => step.ComputeFraction),
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

        _engines.ForEach(pool => pool.Dispose());
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

    private EnginePool<PixelInput> PixelPool(GatedResNetTransformer network, int engines)
    {
        var model = File.Pipeline.WithAdaptiveNetwork(network);
        return new EnginePool<PixelInput>(
            engines,
            () => File.Context.Model.CreatePredictionEngine<PixelInput, FashionClassifier.ModelOutput>(
                model, new PredictionEngineOptions { OwnsTransformer = false, InputSchemaDefinition = PixelInput.Schema(Shape) }),
            new PixelInput { ImageSource = new float[Shape.Aggregate(1, (size, side) => size * side)] });
    }

    private bool TriesPixels()
    {
        try
        {
            PixelPool(File.Network, engines: 1).Dispose();
            return true;
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or FormatException)
        {
            // A step before the network wants a file.
            return false;
        }
    }

    private EnginePool<FashionClassifier.ModelInput> Pool(
        GatedResNetTransformer network, FashionClassifier.ModelInput blank, ApiSettings settings)
    {
        var model = ReferenceEquals(network, File.Network) ? File.Pipeline : File.Pipeline.WithAdaptiveNetwork(network);
        return new EnginePool<FashionClassifier.ModelInput>(
            settings.Engines,
            () => File.Context.Model.CreatePredictionEngine<FashionClassifier.ModelInput, FashionClassifier.ModelOutput>(
                model, new PredictionEngineOptions { OwnsTransformer = false }),
            blank);
    }

    private IReadOnlyList<ComputeStep> StepsOf(GatedResNetTransformer network, ApiSettings settings, out string? limit)
    {
        var options = new ComputeLadderOptions
        {
            FromWholeNetwork = settings.WholeNetworkWhenIdle, LeastComputeFraction = settings.LeastComputeBudget,
            Steps = settings.Ladder ? new ComputeLadderOptions().Steps : 1,
        };
        var images = settings.Ladder && settings.CalibrationImages is { } folder
            ? File.Context.Data.LoadFromEnumerable(CalibrationFolder.Read(folder, settings, image => _engines[0].Predict(image)))
            : null;
        var ladder = ComputeLadder.Of(network, images, options);
        limit = settings.Ladder ? ladder.Limit : "Api:Ladder is false.";
        return ladder.Steps;
    }

    private static DriftMonitor MonitorOf(ApiSettings settings, string name)
        => new(new DriftMonitorOptions { Share = settings.DriftShare, AllowedRate = settings.DriftAllowedRate }) { Name = name };

    // Without exits, or a blank image may leave at the first; gates may still skip, so that its time is scaled to the whole network.
    private TimeSpan WholeTime(FashionClassifier.ModelInput blank, ApiSettings settings)
    {
        using var whole = Pool(File.Network.WithExitConfidence(1), blank, settings with { Engines = 1 });
        var times = new TimeSpan[TimedPredictions];
        for (var i = 0; i < times.Length; i++)
        {
            var start = Stopwatch.GetTimestamp();
            var output = whole.Predict(blank);
            times[i] = Stopwatch.GetElapsedTime(start) / output.ComputeFraction;
        }

        return times.Min();
    }

    private static byte[] BlankImage(int width, int height)
    {
        using var bitmap = new SKBitmap(width, height);
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, quality: 100);
        return png.ToArray();
    }
}
