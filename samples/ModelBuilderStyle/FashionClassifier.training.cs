using AdaptiveInference.ML;
using Microsoft.ML;
using Microsoft.ML.Transforms;
using ModelBuilderStyle.ImageData;

namespace ModelBuilderStyle;

/// <summary>How the classifier is trained.</summary>
public static partial class FashionClassifier
{
    // A small network's first exit alone may cost more than was asked for.
    private const double RoomAboveFirstExit = 1.5;

    /// <summary>Trains on a folder with one subfolder per class and saves the model.</summary>
    /// <param name="outputModelPath">File to write, a <c>.zip</c>.</param>
    /// <param name="folder">Folder with the images.</param>
    /// <param name="options">What to train; its columns are set here.</param>
    public static void Train(string outputModelPath, string folder, SkipNetTrainer.Options options)
    {
        var mlContext = new MLContext();
        var data = LoadImageFromFolder(mlContext, folder);
        var model = RetrainModel(mlContext, data, options);
        SaveModel(mlContext, model, data, outputModelPath);
    }

    /// <summary>The images of a folder with one subfolder per class.</summary>
    public static IDataView LoadImageFromFolder(MLContext mlContext, string folder) => LoadImages(mlContext, ClassFolders.Read(folder));

    /// <summary>Images as rows of <see cref="ModelInput"/>. Files are read when their row is.</summary>
    public static IDataView LoadImages(MLContext mlContext, IEnumerable<LabeledImage> images)
        => mlContext.Data.LoadFromEnumerable(images.Select(ToInput));

    /// <summary>One image as the model reads it.</summary>
    public static ModelInput ToInput(LabeledImage image) => new() { Label = image.Label, ImageSource = image.Encoded() };

    /// <summary>Trains the whole pipeline.</summary>
    public static ITransformer RetrainModel(MLContext mlContext, IDataView trainData, SkipNetTrainer.Options options)
        => BuildPipeline(mlContext, options).Fit(trainData);

    /// <summary>
    /// Trains the whole pipeline, and then chooses how certain its exits and gates have to be: as it is right most often on images that it
    /// did not learn from, for so much of its work on average. Hard images then go further than easy ones.
    /// </summary>
    /// <param name="mlContext">The context.</param>
    /// <param name="trainData">Images to learn from.</param>
    /// <param name="validationData">Images by which epochs and thresholds are chosen.</param>
    /// <param name="options">What to train.</param>
    /// <param name="computeFraction">Share of the network's work that images take on average.</param>
    public static ITransformer RetrainModel(
        MLContext mlContext, IDataView trainData, IDataView validationData, SkipNetTrainer.Options options, double computeFraction)
    {
        var keys = ClassesToKeys(mlContext).Fit(trainData);
        var (train, validation) = (keys.Transform(trainData), keys.Transform(validationData));
        var trained = Network(mlContext, options with { ValidationSet = validation }).Fit(train);
        var least = trained.Exits is [var first, ..] ? RoomAboveFirstExit * first.ComputeFraction : 0;
        var network = trained.WithComputeBudget(validation, Math.Max(computeFraction, least), "Label");
        return keys.Append(network).Append(KeysToClasses(mlContext).Fit(network.Transform(train)));
    }

    /// <summary>Class names to keys, the network, and keys back to class names.</summary>
    public static IEstimator<ITransformer> BuildPipeline(MLContext mlContext, SkipNetTrainer.Options options)
        => ClassesToKeys(mlContext).Append(Network(mlContext, options)).Append(KeysToClasses(mlContext));

    /// <summary>Writes the model as a <c>.zip</c> that any ML.NET application loads.</summary>
    public static void SaveModel(MLContext mlContext, ITransformer model, IDataView data, string modelSavePath)
        => mlContext.Model.Save(model, data.Schema, modelSavePath);

    private static ValueToKeyMappingEstimator ClassesToKeys(MLContext mlContext)
        => mlContext.Transforms.Conversion.MapValueToKey(
            outputColumnName: "Label", inputColumnName: "Label", keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue);

    private static SkipNetTrainer Network(MLContext mlContext, SkipNetTrainer.Options options)
        => mlContext.MulticlassClassification.Trainers.SkipNet(
            options with { LabelColumnName = "Label", FeatureColumnName = "ImageSource" });

    private static KeyToValueMappingEstimator KeysToClasses(MLContext mlContext)
        => mlContext.Transforms.Conversion.MapKeyToValue(outputColumnName: "PredictedLabel", inputColumnName: "PredictedLabel");
}
