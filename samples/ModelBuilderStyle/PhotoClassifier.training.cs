using AdaptiveInference.ML.Transforms;
using Microsoft.ML;
using Microsoft.ML.Transforms;
using Microsoft.ML.Transforms.Image;
using ModelBuilderStyle.ImageData;

namespace ModelBuilderStyle;

/// <summary>How the classifier is made of a pretrained network. None of this needs TorchSharp.</summary>
public static partial class PhotoClassifier
{
    private const int TrainSeed = 1;

    /// <summary>Fits heads and exits to a folder with one subfolder per class and saves the model.</summary>
    /// <param name="outputModelPath">File to write, a <c>.zip</c>.</param>
    /// <param name="folder">Folder with the images.</param>
    /// <param name="side">Height and width to which images are resized.</param>
    /// <param name="options">What to fit; its columns are set here.</param>
    public static void Train(string outputModelPath, string folder, int side, ExitHeadsTrainer.Options options)
    {
        var mlContext = new MLContext(TrainSeed);
        var data = LoadImages(mlContext, PhotoFolder.Read(folder, TrainSeed).Train);
        var model = RetrainModel(mlContext, data, LoadBackbone(mlContext, side), options);
        SaveModel(mlContext, model, data, outputModelPath);
    }

    /// <summary>Images as rows of <see cref="ModelInput"/>. Files are read when their row is.</summary>
    public static IDataView LoadImages(MLContext mlContext, IEnumerable<LabeledImage> images)
        => mlContext.Data.LoadFromEnumerable(images.Select(ToInput));

    /// <summary>One image as the model reads it.</summary>
    public static ModelInput ToInput(LabeledImage image)
        => new() { Label = image.Label, ImageSource = image.Encoded(), Group = image.Group };

    /// <summary>
    /// The network of ML.NET's package Microsoft.ML.DnnImageFeaturizer.ResNet18, with weights learnt on ImageNet. It learnt on the middle
    /// of photos, so photos of other proportions are cropped and not squashed.
    /// </summary>
    /// <param name="mlContext">Where it is used.</param>
    /// <param name="side">Height and width to which images are resized: time grows with its square.</param>
    public static GatedResNetTransformer LoadBackbone(MLContext mlContext, int side)
        => mlContext.Model.PretrainedResNet18("ImageSource")
            .WithImageShape(new ImageShape(3, side, side))
            .WithResizing(ImageResizingEstimator.ResizingKind.IsoCrop);

    /// <summary>Fits heads and exits on the backbone, which stays as it is.</summary>
    public static ITransformer RetrainModel(
        MLContext mlContext, IDataView trainData, GatedResNetTransformer backbone, ExitHeadsTrainer.Options options)
        => BuildPipeline(mlContext, backbone, options).Fit(trainData);

    /// <summary>Class names to keys, the backbone with heads for them, and keys back to class names.</summary>
    public static IEstimator<ITransformer> BuildPipeline(
        MLContext mlContext, GatedResNetTransformer backbone, ExitHeadsTrainer.Options options)
        => Pipeline(mlContext, mlContext.MulticlassClassification.Trainers.ExitHeads(
            backbone,
            options with { LabelColumnName = "Label", FeatureColumnName = "ImageSource", ValidationGroupColumnName = "Group" }));

    /// <summary>Writes the model as a <c>.zip</c> that any ML.NET application loads.</summary>
    public static void SaveModel(MLContext mlContext, ITransformer model, IDataView data, string modelSavePath)
        => mlContext.Model.Save(model, data.Schema, modelSavePath);

    private static IEstimator<ITransformer> Pipeline(MLContext mlContext, IEstimator<GatedResNetTransformer> trainer)
        => mlContext.Transforms.Conversion.MapValueToKey(
                outputColumnName: "Label", inputColumnName: "Label", keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue)
            .Append(trainer)
            .Append(mlContext.Transforms.Conversion.MapKeyToValue(outputColumnName: "PredictedLabel", inputColumnName: "PredictedLabel"));
}
