using AdaptiveInference.ML.Training.Data;
using AdaptiveInference.ML.Training.Recipes;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Images;
using AdaptiveInference.ML.Transforms.Model;
using Microsoft.ML;

namespace AdaptiveInference.ML.Training.Loop;

/// <summary>The data of one fit: images to train on, images to validate with, and the network that fits them.</summary>
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

    /// <summary>The classes of the training data, which are the network's.</summary>
    public required ClassLabels Classes { get; init; }

    /// <summary>Order of the pixels in the training data's vectors.</summary>
    public required PixelLayout Layout { get; init; }

    public int[] TrainingImages { get; }

    public int[] ValidationImages { get; }

    /// <summary>Names of the validation set's classes that the training data lacks.</summary>
    public IReadOnlyList<string> UntrainedClasses { get; private init; } = [];

    /// <summary>Where temporary files are.</summary>
    public required string TemporaryFolder { get; init; }

    private ImageShape Shape => Plan.Spec.Image;

    /// <summary>Reads the training data and the validation data once.</summary>
    /// <exception cref="ArgumentException">The data cannot be trained on.</exception>
    /// <exception cref="FormatException">An image cannot be read.</exception>
    public static FitData Read(IDataView input, GatedResNetTrainerOptions options, string folder, int seed, Action checkAlive)
    {
        var label = LabelColumn.OfTraining(input, options.LabelColumnName);
        var images = ImageColumn.Of(
            input.Schema, options.FeatureColumnName, options.ImageShape, StartingModel.LayoutOf(options),
            StartingModel.ResizingOf(options));
        StartingModel.CheckLayout(options, images);
        var plan = BlockPlan.Of(options.Describe(images.Shape, label.Classes));
        NetworkSizeCheck.Require(plan);
        StartingModel.Check(options, plan.Spec, label.Labels);
        Teacher.Check(options.Teacher, plan.Spec, label.Labels);
        var judged = options.ValidationSet is { } given
            ? LabelColumn.OfValidation(given, options.LabelColumnName, label.Labels)
            : null;
        var groups = options.ValidationGroupColumnName is { } name ? GroupColumn.Of(input.Schema, name, ColumnRole.ValidationGroup) : null;
        var training = TrainingData.Read(input, label, images, folder, checkAlive, groups);
        TrainingData? validation = null;
        try
        {
            label.CheckRows(training.Labels, training.SkippedRows);
            validation = judged is null ? null : ReadValidation(judged, images, options, folder, checkAlive);
            var (trainingImages, validationImages) = validation is null
                ? Split(training, label.Classes, options, seed)
                : (AllOf(training), AllOf(validation));
            CheckStopping(options, training, validationImages.Length);
            return new FitData(training, trainingImages, validation ?? training, validationImages)
            {
                Plan = plan,
                Channels = StartingModel.ChannelsOf(options) ?? PixelStatistics.Of(training.Pixels, trainingImages, images.Shape),
                Classes = label.Labels,
                UntrainedClasses = judged?.Untrained ?? [],
                Layout = images.Layout,
                TemporaryFolder = folder,
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
        => new(_trainingSource, TrainingImages, OfTraining(augmentation), Shape, batchSize);

    /// <summary>Serves the images to validate with; a loader without batches when there are none.</summary>
    public BatchLoader OpenValidation(int batchSize)
        => new(_validationSource, ValidationImages, new Augmenter(Shape, Channels, ImageAugmentation.None), Shape, batchSize);

    /// <summary>What a user should know about rows that were left out.</summary>
    public IEnumerable<string> Warnings()
    {
        var hasSet = !ReferenceEquals(_validationSource, _trainingSource);
        if (_trainingSource.SkippedRows > 0)
        {
            yield return $"Left out {ShareText.Count(_trainingSource.SkippedRows, "row")} whose label is missing.";
        }

        if (LabelColumn.WithoutRows(Classes, _trainingSource.Labels) is { } untaught)
        {
            yield return untaught;
        }

        if (hasSet && _validationSource.SkippedRows > 0)
        {
            yield return $"Left out {ShareText.Count(_validationSource.SkippedRows, "row")} of the validation set whose label is missing.";
        }

        if (_validationSource.UnknownRows > 0)
        {
            yield return $"Left out {ShareText.Count(_validationSource.UnknownRows, "row")} of the validation set, "
                + $"of classes that the training data does not have: {ClassList.List(UntrainedClasses)}.";
        }
    }

    /// <summary>What the data is, for checkpoints.</summary>
    public Dictionary<string, string> Fingerprint() => new()
    {
        ["classes"] = Checkpoints.Fingerprint.Of(Classes),
        ["training data"] = Checkpoints.Fingerprint.Of(_trainingSource, Plan.Spec.Classes, Shape),
        ["validation data"] = ReferenceEquals(_validationSource, _trainingSource)
            ? _trainingSource.Groups is { } groups ? "part of it, " + Checkpoints.Fingerprint.Of(groups) : "part of it"
            : Checkpoints.Fingerprint.Of(_validationSource, Plan.Spec.Classes, Shape),
    };

    public void Dispose()
    {
        _trainingSource.Dispose();
        _validationSource.Dispose();
    }

    private Augmenter OfTraining(ImageAugmentation augmentation)
        => new(Shape, Channels, augmentation) { HoldsBytes = _trainingSource.Pixels.HoldsBytes };

    private static (int[] Training, int[] Validation) Split(
        TrainingData data, int classes, GatedResNetTrainerOptions options, int seed)
        => data.Groups is { } groups
            ? GroupSplit.Of(data.Labels, classes, groups, options.ValidationFraction, seed, options.ValidationGroupColumnName!)
            : DataSplit.Stratified(data.Labels, classes, options.ValidationFraction, seed);

    private static int[] AllOf(TrainingData data) => [.. Enumerable.Range(0, data.Count)];

    private static TrainingData ReadValidation(
        LabelColumn label, ImageColumn images, GatedResNetTrainerOptions options, string folder, Action checkAlive)
    {
        var set = options.ValidationSet!;
        var data = TrainingData.Read(
            set, label, ImageColumn.Of(set.Schema, options.FeatureColumnName, images.Shape, images.Layout, images.Resizing),
            folder, checkAlive);
        if (data.Count > 0)
        {
            return data;
        }

        data.Dispose();
        throw new ArgumentException(
            data.SkippedRows + data.UnknownRows == 0
                ? "The validation set has no rows. Give it rows with labels, or leave it out."
                : "The validation set has no rows to judge by: in its "
                    + FormattableString.Invariant($"{data.SkippedRows + data.UnknownRows} rows the label is ")
                    + "missing or not among the classes of the training data. Give it rows with labels, or leave it out.");
    }

    // Said before the first epoch: without validation data training would run to its last epoch.
    private static void CheckStopping(GatedResNetTrainerOptions options, TrainingData training, int judged)
    {
        if (options.EarlyStopping is null || judged > 0)
        {
            return;
        }

        var largest = training.Labels.CountBy(label => label).Max(pair => pair.Value);
        var reason = largest < 2
            ? "no class has two rows, and each keeps one to learn from"
            : FormattableString.Invariant(
                $"ValidationFraction {options.ValidationFraction} of {training.Count} rows is less than one image");
        throw new ArgumentException(
            $"EarlyStopping needs validation images, and none can be held out: {reason}. Set ValidationSet, raise ValidationFraction, or "
            + "leave EarlyStopping out.");
    }
}
