using AdaptiveInference.ML;
using AdaptiveInference.ML.Transforms;
using Microsoft.ML;
using ModelBuilderStyle.ImageData;
using Spectre.Console;

namespace ModelBuilderStyle;

/// <summary>The whole life of a model: train, evaluate, save, load, predict.</summary>
public sealed class Sample(IAnsiConsole console, CommandLine line, CancellationToken cancellation)
{
    private const int EnginePredictions = 100;

    /// <summary>Share of the network's work that images take on average: the same accuracy is to be had for less.</summary>
    private const double ComputeFraction = 0.3;

    /// <summary>Of so many training images one does not teach, but chooses epochs and thresholds.</summary>
    private const int ValidationShare = 10;

    private static readonly string ReportPath = Path.ChangeExtension(FashionClassifier.MLNetModelPath, ".html");

    private readonly Report _report = new(console);

    /// <summary>Runs the sample.</summary>
    /// <returns>Whether the reloaded model predicts exactly what the trained one does.</returns>
    public bool Run()
    {
        var folder = line.Data ?? Path.Combine(AppContext.BaseDirectory, "data");
        var images = ImageDataSet.Read(folder, line.Seed);
        var size = $"{images.Channels}×{images.Height}×{images.Width}";
        _report.Line($"{images.Train.Count} training and {images.Test.Count} test images ({images.Form}, read as {size})");
        var mlContext = new MLContext(line.Seed);
        var train = FashionClassifier.LoadImages(mlContext, images.Train);
        var test = FashionClassifier.LoadImages(mlContext, images.Test);

        if (line.Folds > 0)
        {
            CrossValidate(mlContext, train, images);
        }

        console.WriteLine();
        TrainingHistory? history = null;
        var model = images.Train.Naming(() => TrainingDisplay.Run(
            console, progress => FashionClassifier.RetrainModel(
                mlContext, Part(mlContext, images, teaches: true), Part(mlContext, images, teaches: false),
                Options(images) with { Progress = history = new TrainingHistory(progress) }, ComputeFraction)));
        _report.Line($"{model.AdaptiveNetwork().Calibration}");

        console.WriteLine();
        var metrics = images.Test.Naming(() => FashionClassifier.Evaluate(mlContext, model, test));
        _report.Metrics(metrics);
        _report.Confusion(metrics);

        FashionClassifier.SaveModel(mlContext, model, train, FashionClassifier.MLNetModelPath);
        console.WriteLine();
        _report.Line($"Saved {Path.GetFileName(FashionClassifier.MLNetModelPath)} next to the program");
        var outcomes = Outcome.Of(FashionClassifier.PredictAll(mlContext, model, test));
        var equal = CompareReloaded(outcomes, images.Test);

        console.WriteLine();
        _report.EasiestAndHardest(images.Test, outcomes);

        FashionClassifier.SaveReport(model, test, history!.Epochs, ReportPath);
        console.WriteLine();
        _report.Line($"A report to look at: {ReportPath}");
        return equal;
    }

    private SkipNetTrainer.Options Options(ImageDataSet images) => new()
    {
        Architecture = ResNetArchitecture.Cifar(line.Depth),
        ImageShape = new ImageShape(images.Channels, images.Height, images.Width),
        Head = HeadKind.Grid,
        Epochs = line.Epochs,
        ReinforcementEpochs = 1,
        Augmentation = ImageAugmentation.Flip,
        Exits = new ExitOptions(),
        Seed = line.Seed,
        CancellationToken = cancellation,
    };

    private static IDataView Part(MLContext mlContext, ImageDataSet images, bool teaches)
        => FashionClassifier.LoadImages(
            mlContext, images.Train.Where((_, number) => teaches == (number % ValidationShare < ValidationShare - 1)));

    private void CrossValidate(MLContext mlContext, IDataView train, ImageDataSet images)
    {
        var folds = FashionClassifier.CrossValidate(mlContext, train, Options(images), line.Folds);
        for (var fold = 0; fold < folds.Count; fold++)
        {
            _report.Line($"Cross-validation, part {fold + 1} of {folds.Count}: accuracy {folds[fold]:0.0000}");
        }

        _report.Line($"Cross-validation, mean: accuracy {folds.Average():0.0000}");
    }

    // Loads the file in a fresh context, as another process would, and asks it both ways: many images at once, and one at a time.
    private bool CompareReloaded(IReadOnlyList<Outcome> outcomes, IReadOnlyList<LabeledImage> images)
    {
        var mlContext = new MLContext();
        var loaded = mlContext.Model.Load(FashionClassifier.MLNetModelPath, out _);
        var again = FashionClassifier.PredictAll(mlContext, loaded, FashionClassifier.LoadImages(mlContext, images));
        var singles = images.Take(EnginePredictions).Select(FashionClassifier.ToInput).Select(FashionClassifier.Predict);
        return _report.Reloaded(outcomes, Outcome.Of(again), Outcome.Of(singles));
    }
}
