using AdaptiveInference.ML;
using AdaptiveInference.ML.Transforms.Interop;

namespace Microsoft.ML;

/// <summary>Trainers of gated residual networks for <see cref="MulticlassClassificationCatalog"/>.</summary>
public static class AdaptiveInferenceCatalog
{
    /// <summary>Makes a <see cref="SkipNetTrainer"/> with default options.</summary>
    /// <param name="catalog"><c>mlContext.MulticlassClassification.Trainers</c>.</param>
    /// <param name="labelColumnName">Name of the label column, a key.</param>
    /// <param name="featureColumnName">Name of the image column; see <see cref="SkipNetTrainer"/> for its types.</param>
    /// <param name="validationSet">Validation data, on which every epoch is evaluated; null holds out a tenth of the training data.</param>
    /// <returns>The trainer. Nothing is read or trained before its <c>Fit</c>.</returns>
    /// <exception cref="ArgumentException">A column name is empty.</exception>
    /// <example>
    /// <code>
    /// var pipeline = mlContext.Transforms.Conversion.MapValueToKey("Label")
    ///     .Append(mlContext.MulticlassClassification.Trainers.SkipNet(featureColumnName: "Pixels"))
    ///     .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
    /// var model = pipeline.Fit(trainingData);
    /// </code>
    /// </example>
    public static SkipNetTrainer SkipNet(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = GatedResNetTrainerOptions.DefaultLabelColumnName,
        string featureColumnName = GatedResNetTrainerOptions.DefaultFeatureColumnName,
        IDataView? validationSet = null)
        => catalog.SkipNet(new SkipNetTrainer.Options
        {
            LabelColumnName = labelColumnName, FeatureColumnName = featureColumnName, ValidationSet = validationSet,
        });

    /// <summary>Makes a <see cref="SkipNetTrainer"/>.</summary>
    /// <param name="catalog"><c>mlContext.MulticlassClassification.Trainers</c>.</param>
    /// <param name="options">What to train and how.</param>
    /// <returns>The trainer. Nothing is read or trained before its <c>Fit</c>.</returns>
    /// <exception cref="ArgumentException">Options are out of range; the message lists them all.</exception>
    /// <example>
    /// <code>
    /// var trainer = mlContext.MulticlassClassification.Trainers.SkipNet(new SkipNetTrainer.Options
    /// {
    ///     FeatureColumnName = "Image", ImageShape = new ImageShape(3, 32, 32), Architecture = ResNetArchitecture.Cifar(38),
    ///     Gate = GateKind.FeedForwardI, TargetComputeFraction = 0.4f, Exits = new ExitOptions(),
    /// });
    /// </code>
    /// </example>
    public static SkipNetTrainer SkipNet(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, SkipNetTrainer.Options options)
        => new(CatalogEnvironment.Of(catalog), options);

    /// <summary>Makes a <see cref="ConvNetAigTrainer"/> with default options.</summary>
    /// <param name="catalog"><c>mlContext.MulticlassClassification.Trainers</c>.</param>
    /// <param name="labelColumnName">Name of the label column, a key.</param>
    /// <param name="featureColumnName">Name of the image column; see <see cref="SkipNetTrainer"/> for its types.</param>
    /// <param name="validationSet">Validation data, on which every epoch is evaluated; null holds out a tenth of the training data.</param>
    /// <returns>The trainer. Nothing is read or trained before its <c>Fit</c>.</returns>
    /// <exception cref="ArgumentException">A column name is empty.</exception>
    /// <example>
    /// <code>
    /// var trainer = mlContext.MulticlassClassification.Trainers.ConvNetAig(featureColumnName: "Pixels");
    /// var network = trainer.Fit(trainingData);
    /// </code>
    /// </example>
    public static ConvNetAigTrainer ConvNetAig(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = GatedResNetTrainerOptions.DefaultLabelColumnName,
        string featureColumnName = GatedResNetTrainerOptions.DefaultFeatureColumnName,
        IDataView? validationSet = null)
        => catalog.ConvNetAig(new ConvNetAigTrainer.Options
        {
            LabelColumnName = labelColumnName, FeatureColumnName = featureColumnName, ValidationSet = validationSet,
        });

    /// <summary>Makes a <see cref="ConvNetAigTrainer"/>.</summary>
    /// <param name="catalog"><c>mlContext.MulticlassClassification.Trainers</c>.</param>
    /// <param name="options">What to train and how.</param>
    /// <returns>The trainer. Nothing is read or trained before its <c>Fit</c>.</returns>
    /// <exception cref="ArgumentException">Options are out of range; the message lists them all.</exception>
    /// <example>
    /// <code>
    /// var trainer = mlContext.MulticlassClassification.Trainers.ConvNetAig(new ConvNetAigTrainer.Options
    /// {
    ///     FeatureColumnName = "Pixels", TargetComputeFraction = 0.5f, Teacher = dense, InitialModel = dense,
    /// });
    /// </code>
    /// </example>
    public static ConvNetAigTrainer ConvNetAig(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, ConvNetAigTrainer.Options options)
        => new(CatalogEnvironment.Of(catalog), options);

    /// <summary>Makes a <see cref="ResNetTrainer"/> with default options.</summary>
    /// <param name="catalog"><c>mlContext.MulticlassClassification.Trainers</c>.</param>
    /// <param name="labelColumnName">Name of the label column, a key.</param>
    /// <param name="featureColumnName">Name of the image column; see <see cref="SkipNetTrainer"/> for its types.</param>
    /// <param name="validationSet">Validation data, on which every epoch is evaluated; null holds out a tenth of the training data.</param>
    /// <returns>The trainer. Nothing is read or trained before its <c>Fit</c>.</returns>
    /// <exception cref="ArgumentException">A column name is empty.</exception>
    /// <example>
    /// <code>
    /// var dense = mlContext.MulticlassClassification.Trainers.ResNet(featureColumnName: "Pixels").Fit(trainingData);
    /// </code>
    /// </example>
    public static ResNetTrainer ResNet(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = GatedResNetTrainerOptions.DefaultLabelColumnName,
        string featureColumnName = GatedResNetTrainerOptions.DefaultFeatureColumnName,
        IDataView? validationSet = null)
        => catalog.ResNet(new ResNetTrainer.Options
        {
            LabelColumnName = labelColumnName, FeatureColumnName = featureColumnName, ValidationSet = validationSet,
        });

    /// <summary>Makes a <see cref="ResNetTrainer"/>.</summary>
    /// <param name="catalog"><c>mlContext.MulticlassClassification.Trainers</c>.</param>
    /// <param name="options">What to train and how.</param>
    /// <returns>The trainer. Nothing is read or trained before its <c>Fit</c>.</returns>
    /// <exception cref="ArgumentException">Options are out of range; the message lists them all.</exception>
    /// <example>
    /// <code>
    /// var trainer = mlContext.MulticlassClassification.Trainers.ResNet(new ResNetTrainer.Options
    /// {
    ///     FeatureColumnName = "Pixels", Architecture = ResNetArchitecture.Cifar(20), Epochs = 20, CheckpointFolder = "checkpoints",
    /// });
    /// </code>
    /// </example>
    public static ResNetTrainer ResNet(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, ResNetTrainer.Options options)
        => new(CatalogEnvironment.Of(catalog), options);
}
