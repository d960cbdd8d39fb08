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
    /// <param name="validationSet">Data to judge epochs by; null holds out a tenth of the training data.</param>
    /// <exception cref="ArgumentException">A column name is empty.</exception>
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
    /// <exception cref="ArgumentException">Options are out of range; the message lists them all.</exception>
    public static SkipNetTrainer SkipNet(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, SkipNetTrainer.Options options)
        => new(CatalogEnvironment.Of(catalog), options);

    /// <summary>Makes a <see cref="ConvNetAigTrainer"/> with default options.</summary>
    /// <param name="catalog"><c>mlContext.MulticlassClassification.Trainers</c>.</param>
    /// <param name="labelColumnName">Name of the label column, a key.</param>
    /// <param name="featureColumnName">Name of the image column; see <see cref="SkipNetTrainer"/> for its types.</param>
    /// <param name="validationSet">Data to judge epochs by; null holds out a tenth of the training data.</param>
    /// <exception cref="ArgumentException">A column name is empty.</exception>
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
    /// <exception cref="ArgumentException">Options are out of range; the message lists them all.</exception>
    public static ConvNetAigTrainer ConvNetAig(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, ConvNetAigTrainer.Options options)
        => new(CatalogEnvironment.Of(catalog), options);

    /// <summary>Makes a <see cref="ResNetTrainer"/> with default options.</summary>
    /// <param name="catalog"><c>mlContext.MulticlassClassification.Trainers</c>.</param>
    /// <param name="labelColumnName">Name of the label column, a key.</param>
    /// <param name="featureColumnName">Name of the image column; see <see cref="SkipNetTrainer"/> for its types.</param>
    /// <param name="validationSet">Data to judge epochs by; null holds out a tenth of the training data.</param>
    /// <exception cref="ArgumentException">A column name is empty.</exception>
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
    /// <exception cref="ArgumentException">Options are out of range; the message lists them all.</exception>
    public static ResNetTrainer ResNet(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, ResNetTrainer.Options options)
        => new(CatalogEnvironment.Of(catalog), options);
}
