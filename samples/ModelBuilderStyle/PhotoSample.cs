using AdaptiveInference.ML;
using AdaptiveInference.ML.Transforms;
using Microsoft.ML;
using ModelBuilderStyle.ImageData;
using Spectre.Console;

namespace ModelBuilderStyle;

/// <summary>
/// The second job: a pretrained network becomes an adaptive classifier of a few hundred images, is evaluated, saved, loaded and asked.
/// </summary>
public sealed class PhotoSample
{
    private const int EnginePredictions = 100;

    private const string WebApiCommand = "dotnet run -c Release --project samples/ModelBuilderStyle/WebApi --";

    private static readonly string ReportPath = Path.ChangeExtension(PhotoClassifier.MLNetModelPath, ".html");
    private static readonly double[] Budgets = [1, 0.8, 0.6, 0.4];

    private readonly IAnsiConsole _console;
    private readonly CommandLine _line;
    private readonly CancellationToken _cancellation;
    private readonly Report _report;
    private readonly MLContext _mlContext;
    private readonly Func<MLContext, GatedResNetTransformer> _loadBackbone;

    /// <param name="console">Where to print.</param>
    /// <param name="line">What to do.</param>
    /// <param name="cancellation">Ends training.</param>
    /// <param name="loadBackbone">Gives the pretrained network; null for that of ML.NET's package.</param>
    public PhotoSample(
        IAnsiConsole console,
        CommandLine line,
        CancellationToken cancellation,
        Func<MLContext, GatedResNetTransformer>? loadBackbone = null)
    {
        (_console, _line, _cancellation) = (console, line, cancellation);
        _loadBackbone = loadBackbone ?? (mlContext => PhotoClassifier.LoadBackbone(mlContext, line.ImageSize));
        _report = new Report(console);
        _mlContext = new MLContext(line.Seed);
    }

    /// <summary>Runs the sample.</summary>
    /// <returns>Whether the reloaded model predicts exactly what the trained one does.</returns>
    public bool Run()
    {
        var images = _line.Data is { } folder
            ? PhotoFolder.Read(folder, _line.Seed)
            : EmojiFile.Read(Path.Combine(AppContext.BaseDirectory, "data", "emoji", EmojiFile.Name));
        _report.Line($"{images.Train.Count} training and {images.Test.Count} test images ({images.Form})");
        if (images.LeftOut is { } other)
        {
            _report.Line($"Left out what is no image that can be read: {other}");
        }

        var backbone = _loadBackbone(_mlContext);
        _report.Line($"A pretrained network of {backbone.Blocks.Count} blocks, which reads them as {backbone.ImageShape}");
        var test = PhotoClassifier.LoadImages(_mlContext, images.Test);
        _console.WriteLine();
        var history = new TrainingHistory();
        var model = _line.FineTune ? FineTune(backbone, images, out history) : FitHeads(backbone, images.Train);

        _console.WriteLine();
        var metrics = images.Test.Naming(() => PhotoClassifier.Evaluate(_mlContext, model, test));
        _report.Metrics(metrics);
        _report.Confusion(metrics);
        _report.Budgets(PhotoClassifier.EvaluateBudgets(_mlContext, model, test, Budgets));

        PhotoClassifier.SaveModel(_mlContext, model, test, PhotoClassifier.MLNetModelPath);
        _console.WriteLine();
        _report.Line($"Saved {Path.GetFileName(PhotoClassifier.MLNetModelPath)} next to the program");
        var outcomes = Outcome.Of(PhotoClassifier.PredictAll(_mlContext, model, test));
        var equal = CompareReloaded(outcomes, images.Test);

        _console.WriteLine();
        _report.EasiestAndHardest(images.Test, outcomes);

        PhotoClassifier.SaveReport(model, test, history.Epochs, ReportPath);
        _console.WriteLine();
        _report.Line($"A report to look at: {ReportPath}");
        _report.Line($"A page to drop images on: {WebApiCommand} --model \"{PhotoClassifier.MLNetModelPath}\"");
        return equal;
    }

    private ITransformer FitHeads(GatedResNetTransformer backbone, IReadOnlyList<LabeledImage> images)
    {
        var data = PhotoClassifier.LoadImages(_mlContext, images);

        // Mirrored, an emoji stays in its class: a flag may become another country's, a left hand a right one, but still a flag and a hand.
        return images.Naming(() => HeadsDisplay.Run(
            _console, images.Count, progress => PhotoClassifier.RetrainModel(_mlContext, data, backbone, new ExitHeadsTrainer.Options
            {
                MirrorImages = _line.Mirror, Seed = _line.Seed, Progress = progress, CancellationToken = _cancellation,
            })));
    }

    // Images that choose the epoch are new to the heads as well: the start, which is judged like an epoch, would look better than it is.
    private ITransformer FineTune(GatedResNetTransformer backbone, PhotoSet images, out TrainingHistory history)
    {
        var (learn, validate) = PhotoSet.Split(images.Train, _line.Seed);
        var model = FitHeads(backbone, learn);
        _console.WriteLine();
        IDataView data = PhotoClassifier.LoadImages(_mlContext, learn), validation = PhotoClassifier.LoadImages(_mlContext, validate);
        TrainingHistory reports = new();

        // All images to learn from could be read: a bad one is among those that validate.
        model = validate.Naming(() => TrainingDisplay.Run(
            _console, progress => PhotoClassifier.FineTune(
                _mlContext, model, data, validation, FineTuning() with { Progress = reports = new TrainingHistory(progress) })));
        history = reports;
        return model;
    }

    private ResNetTrainer.Options FineTuning() => new()
    {
        Epochs = _line.Epochs,
        BatchSize = 16,
        FineTuning = new FineTuningOptions(),
        Augmentation = _line.Mirror ? ImageAugmentation.Flip : ImageAugmentation.None,
        Seed = _line.Seed,
        CancellationToken = _cancellation,
    };

    // Loads the file in a fresh context, as another process would, and asks it both ways: many images at once, and one at a time.
    private bool CompareReloaded(IReadOnlyList<Outcome> outcomes, IReadOnlyList<LabeledImage> images)
    {
        var mlContext = new MLContext();
        var loaded = mlContext.Model.Load(PhotoClassifier.MLNetModelPath, out _);
        var again = PhotoClassifier.PredictAll(mlContext, loaded, PhotoClassifier.LoadImages(mlContext, images));
        using var engine = mlContext.Model.CreatePredictionEngine<PhotoClassifier.ModelInput, PhotoClassifier.ModelOutput>(loaded);
        var singles = images.Take(EnginePredictions).Select(PhotoClassifier.ToInput).Select(engine.Predict);
        return _report.Reloaded(outcomes, Outcome.Of(again), Outcome.Of(singles));
    }
}
