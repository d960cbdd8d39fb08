using AdaptiveInference.ML.Transforms;
using Microsoft.ML;
using ModelBuilderStyle.ImageData;
using ModelBuilderStyle.WebApi.Tests;
using SkiaSharp;

namespace ModelBuilderStyle.Workers.Tests;

/// <summary>
/// A model file as the sample makes it, with exits for two classes of pictures, and what it answers when no worker is around it.
/// </summary>
internal static class TestModel
{
    private static readonly Lazy<(string File, PredictionEngine<FashionClassifier.ModelInput, FashionClassifier.ModelOutput> Engine)> Made
        = new(Make);

    public static string File => Made.Value.File;

    /// <summary>What one process with one engine says of an image: what must be in the store.</summary>
    public static FashionClassifier.ModelOutput Expected(byte[] image)
        => Made.Value.Engine.Predict(new FashionClassifier.ModelInput { ImageSource = image });

    private static (string File, PredictionEngine<FashionClassifier.ModelInput, FashionClassifier.ModelOutput> Engine) Make()
    {
        var mlContext = new MLContext(1);
        var images = Enumerable.Range(0, 20).Select(i => new LabeledImage(
            i % 2 == 0 ? "red" : "blue", $"{i}", () => Images.Picture(i, colour: i % 2 == 0 ? SKColors.Red : SKColors.Blue)));
        var data = PhotoClassifier.LoadImages(mlContext, images);
        var model = PhotoClassifier.RetrainModel(mlContext, data, Network(mlContext), new ExitHeadsTrainer.Options());
        var file = Path.Combine(Directory.CreateTempSubdirectory("workers-model").FullName, "model.zip");
        mlContext.Model.Save(model, data.Schema, file);
        return (file, mlContext.Model.CreatePredictionEngine<FashionClassifier.ModelInput, FashionClassifier.ModelOutput>(model));
    }

    private static GatedResNetTransformer Network(MLContext mlContext) => mlContext.Model.ImportPyTorch(
        Path.Combine(AppContext.BaseDirectory, "Fixtures", "skipnet20_recurrent.safetensors"),
        new PyTorchImportOptions
        {
            Network = NetworkKind.SkipNet,
            Architecture = ResNetArchitecture.Cifar(20),
            Gate = GateKind.Recurrent,
            ImageShape = new ImageShape(3, 32, 32),
            ClassNames = [.. Enumerable.Range(0, 10).Select(i => $"class {i}")],
            ChannelMean = [125, 125, 125],
            ChannelStandardDeviation = [60, 60, 60],
            FeatureColumnName = "ImageSource",
        });
}
