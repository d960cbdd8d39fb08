using System.Diagnostics;
using System.Globalization;
using AdaptiveInference.ML.Transforms;

namespace ModelBuilderStyle.ServiceParts;

/// <summary>A model that is ready to score: engines for each step of its ladder, and what chooses among them under load.</summary>
internal sealed class ModelEngines : IDisposable
{
    private const int BudgetDigits = 3;

    private readonly string[] _classes;
    private readonly string[] _blocks;
    private readonly EnginePool<FashionClassifier.ModelInput>[] _engines;
    private readonly Lazy<EnginePool<PixelInput>>[] _pixels;

    private ModelEngines(ModelFile file, EngineSettings settings, Func<string, GatedResNetTransformer, GatedResNetTransformer>? watch)
    {
        var network = file.Network;
        var factory = new EngineFactory(file, settings);
        _classes = [.. network.ClassNames];
        _blocks = [.. network.Blocks.Select(block => block.Name)];
        (File, Shape) = (file, factory.Shape);
        Name = Path.GetFileNameWithoutExtension(file.Path);
        Family = string.Create(CultureInfo.InvariantCulture, $"{network.Network}-{network.Architecture.Depth}");
        Steps = factory.Steps(out var limit);
        Limit = limit;
        ReadsPixels = factory.ReadsPixels();
        _engines = [.. Steps.Select(step => factory.Files(
            ReferenceEquals(step.Network, network) ? watch?.Invoke(Name, network) ?? network : step.Network))];
        _pixels = [.. Steps.Select(step => new Lazy<EnginePool<PixelInput>>(() => factory.Pixels(step.Network)))];
        Load = new LoadController(
            factory.WholeTime(), Steps.Select(step => step.ComputeFraction),
            new LoadControllerOptions { TargetMilliseconds = settings.TargetMilliseconds, Engines = settings.Engines, Name = Name });
    }

    /// <summary>The file.</summary>
    public ModelFile File { get; }

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
    /// <param name="settings">What the service decides.</param>
    /// <param name="watch">Gives the network at the model's own setting, and of this name, a monitor; null leaves it alone.</param>
    /// <exception cref="ModelFileException">It cannot be used; the message says why.</exception>
    public static ModelEngines Read(
        EngineSettings settings, Func<string, GatedResNetTransformer, GatedResNetTransformer>? watch = null)
    {
        var file = ModelFile.Read(settings.Model);
        try
        {
            return new ModelEngines(file, settings, watch);
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

    /// <summary>Decodes and classifies an image file.</summary>
    /// <exception cref="ImageException">It is no image, or a damaged one.</exception>
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
    /// <exception cref="ImageException">They cannot be scored.</exception>
    public ScoredImage Score(float[] pixels, int step)
    {
        try
        {
            return Score(_pixels[step].Value, new PixelInput { ImageSource = pixels }, step);
        }
        catch (FormatException error)
        {
            throw new ImageException(
                ImageFault.Unreadable, $"The pixels cannot be classified: {error.Data["Problem"] ?? "no finite answer"}.");
        }
    }

    /// <summary>The model in a line for the log.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Path.GetFileName(File.Path)}: {Family} with {Blocks.Count} blocks, {Classes.Count} classes, ")
        + string.Create(
            CultureInfo.InvariantCulture,
            $"images {string.Join("×", Shape)}; {Settings} to choose from under load. {Limit}").TrimEnd();

    /// <inheritdoc />
    public void Dispose()
    {
        Array.ForEach(_engines, pool => pool.Dispose());
        foreach (var pool in _pixels.Where(pool => pool.IsValueCreated))
        {
            pool.Value.Dispose();
        }
    }

    private ScoredImage Score<TInput>(EnginePool<TInput> engines, TInput input, int step)
        where TInput : class
    {
        var start = Stopwatch.GetTimestamp();
        var output = engines.Predict(input);
        var busy = Stopwatch.GetElapsedTime(start);
        Load.End(step, busy, output.ComputeFraction);
        return new ScoredImage(output, busy, BudgetOf(step));
    }

    private string Settings => Steps.Count == 1 ? "one setting" : string.Create(CultureInfo.InvariantCulture, $"{Steps.Count} settings");
}
