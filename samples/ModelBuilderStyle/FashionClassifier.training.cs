using AdaptiveInference.ML;
using Microsoft.ML;
using Microsoft.ML.Transforms;
using ModelBuilderStyle.ImageData;

namespace ModelBuilderStyle;

/// <summary>How the classifier is trained.</summary>
public static partial class FashionClassifier
{
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

    /// <summary>Class names to keys, the network, and keys back to class names.</summary>
    public static IEstimator<ITransformer> BuildPipeline(MLContext mlContext, SkipNetTrainer.Options options)
        => mlContext.Transforms.Conversion.MapValueToKey(
                outputColumnName: "Label", inputColumnName: "Label", keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue)
            .Append(mlContext.MulticlassClassification.Trainers.SkipNet(
                options with { LabelColumnName = "Label", FeatureColumnName = "ImageSource" }))
            .Append(mlContext.Transforms.Conversion.MapKeyToValue(outputColumnName: "PredictedLabel", inputColumnName: "PredictedLabel"));

    /// <summary>Writes the model as a <c>.zip</c> that any ML.NET application loads.</summary>
    public static void SaveModel(MLContext mlContext, ITransformer model, IDataView data, string modelSavePath)
        => mlContext.Model.Save(model, data.Schema, modelSavePath);
}
