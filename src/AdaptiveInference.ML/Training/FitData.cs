using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Images;
using AdaptiveInference.ML.Transforms.Persistence;
using Microsoft.ML;

namespace AdaptiveInference.ML.Training;

/// <summary>The data of one fit: images to train on, images to judge by, and the network that fits them.</summary>
internal sealed class FitData : IDisposable
{
    private readonly TrainingData _trainingSource;
    private readonly TrainingData _validationSource;

    private FitData(TrainingData training, int[] trainingImages, TrainingData validation, int[] validationImages)
    {
        (_trainingSource, _validationSource) = (training, validation);
        (TrainingImages, ValidationImages) = (trainingImages, validationImages);
    }

    public required BlockPlan Plan { get; init; }

    public required ChannelStatistics Channels { get; init; }

    public required DataViewSchema.Column LabelColumn { get; init; }

    public int[] TrainingImages { get; }

    public int[] ValidationImages { get; }

    public long SkippedRows => _trainingSource.SkippedRows;

    private ImageShape Shape => Plan.Spec.Image;

    /// <summary>Reads the training data and the validation data once.</summary>
    /// <exception cref="ArgumentException">The data cannot be trained on.</exception>
    /// <exception cref="FormatException">An image cannot be read.</exception>
    public static FitData Read(IDataView input, GatedResNetTrainerOptions options, string folder, int seed, Action checkAlive)
    {
        var label = ML.Training.LabelColumn.Of(input.Schema, options.LabelColumnName);
        var images = ImageColumn.Of(input.Schema, options.FeatureColumnName, options.ImageShape);
        var plan = BlockPlan.Of(options.Describe(images.Shape, label.Classes));
        NetworkSize.Check(plan);
        StartingModel.Check(options, plan.Spec);
        Teacher.Check(options.Teacher, plan.Spec, ClassLabels.OfColumn(label.Column).Names);
        var training = TrainingData.Read(input, label, images, folder, checkAlive);
        TrainingData? validation = null;
        try
        {
            CheckRows(training, options.LabelColumnName);
            validation = options.ValidationSet is { } set ? ReadValidation(set, label, images, options, folder, checkAlive) : null;
            var (trainingImages, validationImages) = validation is null
                ? DataSplit.Stratified(training.Labels, label.Classes, options.ValidationFraction, seed)
                : (AllOf(training), AllOf(validation));
            return new FitData(training, trainingImages, validation ?? training, validationImages)
            {
                Plan = plan,
                Channels = StartingModel.ChannelsOf(options) ?? PixelStatistics.Of(training.Pixels, trainingImages, images.Shape),
                LabelColumn = label.Column,
            };
        }
        catch
        {
            validation?.Dispose();
            training.Dispose();
            throw;
        }
    }

    /// <summary>Serves the images to train on.</summary>
    public BatchLoader OpenTraining(ImageAugmentation augmentation, int batchSize)
        => new(_trainingSource, TrainingImages, new Augmenter(Shape, Channels, augmentation), Shape, batchSize);

    /// <summary>Serves the images to judge by; a loader without batches when there are none.</summary>
    public BatchLoader OpenValidation(int batchSize)
        => new(_validationSource, ValidationImages, new Augmenter(Shape, Channels, ImageAugmentation.None), Shape, batchSize);

    /// <summary>What the data is, for checkpoints.</summary>
    public Dictionary<string, string> Fingerprint() => new()
    {
        ["training data"] = Checkpoints.Fingerprint.Of(_trainingSource, Plan.Spec.Classes, Shape),
        ["validation data"] = ReferenceEquals(_validationSource, _trainingSource)
            ? "part of it"
            : Checkpoints.Fingerprint.Of(_validationSource, Plan.Spec.Classes, Shape),
    };

    public void Dispose()
    {
        _trainingSource.Dispose();
        _validationSource.Dispose();
    }

    private static int[] AllOf(TrainingData data) => [.. Enumerable.Range(0, data.Count)];

    private static TrainingData ReadValidation(
        IDataView set, LabelColumn trained, ImageColumn images, GatedResNetTrainerOptions options, string folder, Action checkAlive)
    {
        var label = ML.Training.LabelColumn.Of(set.Schema, options.LabelColumnName);
        if (label.Classes != trained.Classes)
        {
            throw new ArgumentException(
                $"Label column '{options.LabelColumnName}' of the validation set must have the {trained.Classes} classes of the training data, "
                + $"got {label.Classes}. Map both with the same MapValueToKey transformer.");
        }

        var data = TrainingData.Read(
            set, label, ImageColumn.Of(set.Schema, options.FeatureColumnName, images.Shape), folder, checkAlive);
        if (data.Count > 0)
        {
            return data;
        }

        data.Dispose();
        throw new ArgumentException("The validation set has no rows. Give it rows with labels, or leave it out.");
    }

    private static void CheckRows(TrainingData data, string label)
    {
        if (data.Count == 0)
        {
            throw new ArgumentException(
                data.SkippedRows == 0
                    ? "The training data has no rows."
                    : $"The training data has no rows to train on: the label is missing in all {data.SkippedRows} of them.");
        }

        if (data.Labels.All(value => value == data.Labels[0]))
        {
            throw new ArgumentException(
                $"Label column '{label}' must have rows of at least two classes, got {data.Count} rows all of key {data.Labels[0] + 1}.");
        }
    }
}
