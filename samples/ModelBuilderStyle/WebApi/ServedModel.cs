using AdaptiveInference.ML.Transforms;

namespace ModelBuilderStyle.WebApi;

/// <summary>
/// A model in use: its engines, and who uses them. It is disposed when it has been replaced and the last request that began with it has
/// ended.
/// </summary>
internal sealed class ServedModel
{
    private const int MillisecondDigits = 3;

    private readonly Lock _lock = new();
    private readonly ModelEngines _engines;
    private int _users = 1;

    private ServedModel(ModelEngines engines) => (_engines, Loaded) = (engines, DateTimeOffset.UtcNow);

    /// <summary>The file.</summary>
    public ModelFile File => _engines.File;

    /// <summary>When it was loaded.</summary>
    public DateTimeOffset Loaded { get; }

    /// <summary>Name of the file without its ending.</summary>
    public string Name => _engines.Name;

    /// <summary>Family and depth of the network.</summary>
    public string Family => _engines.Family;

    /// <summary>Channels, height and width.</summary>
    public IReadOnlyList<int> Shape => _engines.Shape;

    /// <summary>Names of the classes.</summary>
    public IReadOnlyList<string> Classes => _engines.Classes;

    /// <summary>Names of the residual blocks.</summary>
    public IReadOnlyList<string> Blocks => _engines.Blocks;

    /// <summary>Settings, the most accurate first.</summary>
    public IReadOnlyList<ComputeStep> Steps => _engines.Steps;

    /// <summary>Whether pixels can be scored too; image files always can.</summary>
    public bool ReadsPixels => _engines.ReadsPixels;

    /// <summary>Chooses among the settings.</summary>
    public LoadController Load => _engines.Load;

    /// <summary>Loads a file and tries it with an image at every setting.</summary>
    /// <exception cref="ModelFileException">It cannot be used; the message says why.</exception>
    public static ServedModel Read(ApiSettings settings) => new(ModelEngines.Read(
        settings.ForEngines(), settings.DriftShare > 0 ? (name, network) => network.WithMonitor(Monitor(name, settings)) : null));

    /// <summary>
    /// Mean compute fraction of images at a step: as measured when the model was loaded, or else of those that were answered of late.
    /// </summary>
    public double BudgetOf(int step) => _engines.BudgetOf(step);

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

        _engines.Dispose();
    }

    /// <summary>Decodes and classifies an image file.</summary>
    /// <exception cref="RequestProblem">It is no image, or a damaged one.</exception>
    public ScoredImage Score(byte[] image, int step) => ImageCheck.Run(() => _engines.Score(image, step));

    /// <summary>Classifies pixels.</summary>
    /// <param name="pixels">Raw values, planar.</param>
    /// <param name="step">The setting.</param>
    /// <exception cref="RequestProblem">They cannot be scored.</exception>
    public ScoredImage Score(float[] pixels, int step) => ImageCheck.Run(() => _engines.Score(pixels, step));

    /// <summary>The answer of the service for a scored image.</summary>
    public Prediction AnswerOf(ScoredImage image) => new(
        image.Output.PredictedLabel,
        [
            .. Classes.Zip(image.Output.Score, (name, probability) => new ClassScore(name, probability))
                .OrderByDescending(score => score.Probability),
        ],
        [.. Blocks.Zip(image.Output.ExecutionPath, (name, ran) => new BlockStep(name, ran > 0))],
        image.Output.ComputeFraction,
        Math.Round(image.Busy.TotalMilliseconds, MillisecondDigits),
        image.Budget);

    /// <summary>The model in a line for the log.</summary>
    public override string ToString() => _engines.ToString();

    // A monitor is about one setting: the model's own.
    private static DriftMonitor Monitor(string name, ApiSettings settings)
        => new(new DriftMonitorOptions { Share = settings.DriftShare, AllowedRate = settings.DriftAllowedRate }) { Name = name };
}
