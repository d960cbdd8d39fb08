using AdaptiveInference.ML;
using AdaptiveInference.ML.Transforms;
using Microsoft.ML;

namespace ModelBuilderStyle;

/// <summary>How the classifier is trained further, the pretrained network included. This needs TorchSharp.</summary>
public static partial class PhotoClassifier
{
    /// <summary>Trains on from a model that <see cref="RetrainModel"/> made: with its heads and exits, and from its weights.</summary>
    /// <param name="mlContext">Where it is trained.</param>
    /// <param name="model">The model.</param>
    /// <param name="trainData">Images to learn from.</param>
    /// <param name="validationData">Images by which the best epoch is chosen: none that belong together with those to learn from.</param>
    /// <param name="options">How; columns, network and starting point are set here.</param>
    public static ITransformer FineTune(
        MLContext mlContext, ITransformer model, IDataView trainData, IDataView validationData, ResNetTrainer.Options options)
    {
        var network = model.AdaptiveNetwork();
        var trainer = mlContext.MulticlassClassification.Trainers.ResNet(options with
        {
            LabelColumnName = "Label",
            FeatureColumnName = "ImageSource",
            Architecture = network.Architecture,
            ImageShape = network.ImageShape,
            Resizing = network.Resizing,
            Head = HeadKind.Quarters,
            Exits = new ExitOptions { Head = HeadKind.Quarters, AfterBlocks = [.. network.Exits.Select(exit => exit.AfterBlock)] },
            InitialModel = network,
            ValidationSet = Keys(model).Transform(validationData),
        });
        return Pipeline(mlContext, trainer).Fit(trainData);
    }
}
