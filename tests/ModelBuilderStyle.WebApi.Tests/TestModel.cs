using AdaptiveInference.ML.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;
using ModelBuilderStyle.ImageData;
using SkiaSharp;

namespace ModelBuilderStyle.WebApi.Tests;

/// <summary>A model file with the sample's columns, and what it answers when no service is around it.</summary>
internal sealed class TestModel : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("webapi");
    private readonly MLContext _context = new(1);
    private readonly ITransformer _pipeline;
    private readonly PredictionEngine<FashionClassifier.ModelInput, FashionClassifier.ModelOutput> _engine;

    public TestModel()
        : this(OfClothes)
    {
    }

    private TestModel(Func<MLContext, (ITransformer Model, DataViewSchema Schema)> make)
    {
        var (model, schema) = make(_context);
        _pipeline = model;
        File = System.IO.Path.Combine(_folder.FullName, "model.zip");
        _context.Model.Save(model, schema, File);
        _engine = _context.Model.CreatePredictionEngine<FashionClassifier.ModelInput, FashionClassifier.ModelOutput>(model);
        var network = model.AdaptiveNetwork();
        Blocks = [.. network.Blocks.Select(block => block.Name)];
        Classes = [.. network.ClassNames];
    }

    /// <summary>
    /// A model as the sample makes it of a pretrained network, here of a small one: heads and exits for two classes of pictures.
    /// </summary>
    public static TestModel OfPhotos() => new(mlContext =>
    {
        var images = Enumerable.Range(0, 20).Select(i => new LabeledImage(
            i % 2 == 0 ? "red" : "blue", $"{i}", () => Images.Picture(i, colour: i % 2 == 0 ? SKColors.Red : SKColors.Blue)));
        var data = PhotoClassifier.LoadImages(mlContext, images);
        return (PhotoClassifier.RetrainModel(mlContext, data, Network(mlContext), new ExitHeadsTrainer.Options()), data.Schema);
    });

    public string File { get; }

    public string[] Blocks { get; }

    public string[] Classes { get; }

    /// <summary>The answer of the model itself as one comparable text, to the last bit.</summary>
    public string Expected(byte[] image) => Expected(image, _engine);

    /// <summary>The same at another setting of the network.</summary>
    public string Expected(byte[] image, GatedResNetTransformer network)
    {
        using var engine = _context.Model.CreatePredictionEngine<FashionClassifier.ModelInput, FashionClassifier.ModelOutput>(
            _pipeline.WithAdaptiveNetwork(network), new PredictionEngineOptions { OwnsTransformer = false });
        return Expected(image, engine);
    }

    private string Expected(byte[] image, PredictionEngine<FashionClassifier.ModelInput, FashionClassifier.ModelOutput> engine)
    {
        var output = engine.Predict(new FashionClassifier.ModelInput { ImageSource = image });
        return Text(
            output.PredictedLabel,
            Classes.Zip(output.Score).OrderByDescending(pair => pair.Second).Select(pair => new ClassScore(pair.First, pair.Second)),
            Blocks.Zip(output.ExecutionPath).Select(pair => new BlockStep(pair.First, pair.Second > 0)),
            output.ComputeFraction);
    }

    /// <summary>The answer of the service as the same text.</summary>
    public static string Text(Prediction prediction)
        => Text(prediction.Label, prediction.Scores, prediction.Path, prediction.ComputeFraction);

    public void Dispose()
    {
        _engine.Dispose();
        _folder.Delete(recursive: true);
    }

    private static (ITransformer Model, DataViewSchema Schema) OfClothes(MLContext mlContext)
    {
        var network = Network(mlContext);
        var input = mlContext.Data.LoadFromEnumerable<FashionClassifier.ModelInput>([]);
        var names = mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(network.Transform(input));
        return (new TransformerChain<ITransformer>(network, names), input.Schema);
    }

    private static GatedResNetTransformer Network(MLContext mlContext) => mlContext.Model.ImportPyTorch(
        System.IO.Path.Combine(AppContext.BaseDirectory, "Fixtures", "skipnet20_recurrent.safetensors"),
        new PyTorchImportOptions
        {
            Network = NetworkKind.SkipNet,
            Architecture = ResNetArchitecture.Cifar(20),
            Gate = GateKind.Recurrent,
            ImageShape = new ImageShape(3, 32, 32),
            ClassNames = [.. Enumerable.Range(0, 10).Select(i => $"class <{i}>")],
            ChannelMean = [125, 125, 125],
            ChannelStandardDeviation = [60, 60, 60],
            FeatureColumnName = "ImageSource",
        });

    private static string Text(string label, IEnumerable<ClassScore> scores, IEnumerable<BlockStep> path, float fraction)
        => FormattableString.Invariant(
            $"{label}: {string.Join(" ", scores.Select(score => $"{score.Label} {BitConverter.SingleToInt32Bits(score.Probability)}"))} ")
            + FormattableString.Invariant($"{string.Join(" ", path)} {BitConverter.SingleToInt32Bits(fraction)}");
}
