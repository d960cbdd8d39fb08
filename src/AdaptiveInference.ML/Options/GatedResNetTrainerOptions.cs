using AdaptiveInference.ML.Transforms.Options;
using AdaptiveInference.ML.Options;
using AdaptiveInference.ML.Packages;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Model;
using Microsoft.ML;
using ResizingKind = Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind;

namespace AdaptiveInference.ML;

/// <summary>What <see cref="SkipNetTrainer"/>, <see cref="ConvNetAigTrainer"/> and <see cref="ResNetTrainer"/> have in common.</summary>
/// <remarks>Options are checked when the trainer is made; the exception lists everything that is wrong with them.</remarks>
public abstract record GatedResNetTrainerOptions
{
    internal const string DefaultLabelColumnName = "Label";
    internal const string DefaultFeatureColumnName = "Features";
    internal const string DefaultScoreColumnName = "Score";
    internal const string DefaultPredictedLabelColumnName = "PredictedLabel";
    internal const string DefaultExecutionPathColumnName = "ExecutionPath";
    internal const string DefaultComputeFractionColumnName = "ComputeFraction";
    internal const int DefaultCifarDepth = 38;
    internal const HeadKind DefaultHead = HeadKind.Pooled;
    internal const int DefaultEpochs = 30;
    internal const int DefaultBatchSize = 64;
    internal const float DefaultLearningRate = 0.1f;
    internal const float DefaultMomentum = 0.9f;
    internal const float DefaultWeightDecay = 5e-4f;
    internal const float DefaultLabelSmoothing = 0f;
    internal const ImageAugmentation DefaultAugmentation = ImageAugmentation.None;
    internal const float DefaultDistillationWeight = 0.5f;
    internal const float DefaultDistillationTemperature = 3f;
    internal const float DefaultValidationFraction = 0.1f;

    // Every way to a trainer starts here, before anything internal of the scoring package is needed and found missing.
    private protected GatedResNetTrainerOptions() => PackageVersions.Check();

    /// <summary>Name of the label column: a key, as <c>MapValueToKey</c> makes it. Rows whose key is missing are left out.</summary>
    /// <value>The default is <c>"Label"</c>.</value>
    public string LabelColumnName { get; init; } = DefaultLabelColumnName;

    /// <summary>
    /// Name of the image column: a vector of <see cref="float"/> with dimensions channels, height, width (or height, width, channels), or
    /// flat when <see cref="ImageShape"/> is given; an <c>MLImage</c>; or the bytes of an encoded image file.
    /// </summary>
    /// <value>The default is <c>"Features"</c>.</value>
    public string FeatureColumnName { get; init; } = DefaultFeatureColumnName;

    /// <summary>Name of the column of class probabilities that the model makes.</summary>
    /// <value>The default is <c>"Score"</c>.</value>
    public string ScoreColumnName { get; init; } = DefaultScoreColumnName;

    /// <summary>
    /// Name of the column of the most probable class, a key of the label's type, that the model makes. Not the label's own name.
    /// </summary>
    /// <value>The default is <c>"PredictedLabel"</c>.</value>
    public string PredictedLabelColumnName { get; init; } = DefaultPredictedLabelColumnName;

    /// <summary>Name of the column that says which blocks ran (1) and which were skipped (0); null leaves the column out.</summary>
    /// <value>The default is <c>"ExecutionPath"</c>.</value>
    public string? ExecutionPathColumnName { get; init; } = DefaultExecutionPathColumnName;

    /// <summary>
    /// Name of the column of the share of the network's multiply–accumulates (MACs) that an image needed; null leaves the column out.
    /// </summary>
    /// <value>The default is <c>"ComputeFraction"</c>.</value>
    public string? ComputeFractionColumnName { get; init; } = DefaultComputeFractionColumnName;

    /// <summary>Depth and style of the network.</summary>
    /// <value>The default is <c>ResNetArchitecture.Cifar(38)</c>.</value>
    public ResNetArchitecture Architecture { get; init; } = ResNetArchitecture.Cifar(DefaultCifarDepth);

    /// <summary>Kind of the last head.</summary>
    /// <value>The default is <see cref="HeadKind.Pooled"/>, the head of the papers.</value>
    public HeadKind Head { get; init; } = DefaultHead;

    /// <summary>
    /// Channels, height and width of the images that the network reads. <c>MLImage</c>s and encoded images are resized to it; a vector
    /// column must have that many values.
    /// </summary>
    /// <value>The default is null: taken from the dimensions of the vector column.</value>
    public ImageShape? ImageShape { get; init; }

    /// <summary>
    /// How image files and <c>MLImage</c>s of other proportions than <see cref="ImageShape"/> are made to fit, as in ML.NET's
    /// <c>ResizeImages</c>: <c>Fill</c> squashes or stretches them, <c>IsoCrop</c> cuts off equally at both ends of the longer side,
    /// <c>IsoPad</c> adds middle gray (128) at both ends of the shorter one. Saved with the model, which reads images in the same way.
    /// </summary>
    /// <value>The default is null: as <see cref="InitialModel"/> reads them, and without one <c>Fill</c>.</value>
    public ResizingKind? Resizing { get; init; }

    /// <summary>Passes over the training data in the supervised stage, at least 1.</summary>
    /// <value>The default is 30.</value>
    [InRange(1)]
    public int Epochs { get; init; } = DefaultEpochs;

    /// <summary>
    /// Largest number of images per training step, at least 2. The images of an epoch are spread evenly over its steps, so that no step has
    /// only a few.
    /// </summary>
    /// <value>The default is 64.</value>
    [InRange(2)]
    public int BatchSize { get; init; } = DefaultBatchSize;

    /// <summary>
    /// Whether training steps compute the residual blocks in bfloat16, with weights and their updates in single precision. Faster on
    /// processors with AVX512-BF16 or AMX while nothing else runs on them, and much slower beside other work on the same cores; by how much
    /// is in the benchmarks' RESULTS.md. With true, an x86 processor without bfloat16 instructions trains in single precision all the same.
    /// Null trains in single precision, and goes on with an interrupted training in the precision that it began in. The log says what was
    /// chosen. Validation and the trained model are in single precision either way.
    /// </summary>
    /// <value>The default is null: single precision.</value>
    public bool? MixedPrecision { get; init; }

    /// <summary>
    /// Highest learning rate of the supervised stage, finite and positive. It rises over the first twentieth of the steps and then falls to
    /// 0 along a cosine.
    /// </summary>
    /// <value>The default is 0.1.</value>
    [InRange(0, Above = true)]
    public float LearningRate { get; init; } = DefaultLearningRate;

    /// <summary>Nesterov momentum of stochastic gradient descent, from 0 to less than 1.</summary>
    /// <value>The default is 0.9.</value>
    [InRange(0, 1, Below = true)]
    public float Momentum { get; init; } = DefaultMomentum;

    /// <summary>
    /// L2 penalty on the weights of convolutions and fully connected layers, 0 or more. Batch-norm, biases and gates have none.
    /// </summary>
    /// <value>The default is 5e-4.</value>
    [InRange(0)]
    public float WeightDecay { get; init; } = DefaultWeightDecay;

    /// <summary>
    /// Probability that is taken from the right class and spread over all classes in the training target, from 0 to less than 1.
    /// </summary>
    /// <value>The default is 0.</value>
    [InRange(0, 1, Below = true)]
    public float LabelSmoothing { get; init; } = DefaultLabelSmoothing;

    /// <summary>
    /// How training images are varied from epoch to epoch, which has the effect of more images: the network learns more slowly and overfits
    /// later. Choose variations that leave every image in its class: <see cref="ImageAugmentation.Flip"/> where mirroring does,
    /// <see cref="ImageAugmentation.PadCrop"/> where a small shift does, <see cref="ImageAugmentation.PadCropFlip"/> where both do and the
    /// run is long; <see cref="ImageAugmentation.Photo"/> and <see cref="ImageAugmentation.PhotoFlip"/> for long runs with few photos.
    /// </summary>
    /// <value>
    /// The default is <see cref="ImageAugmentation.None"/>: whether a mirrored image is still one of its class is the user's to know, and
    /// where it is not, classes that differ in left and right could not be told apart.
    /// </value>
    public ImageAugmentation Augmentation { get; init; } = DefaultAugmentation;

    /// <summary>
    /// Validation data, on which every epoch is evaluated: the weights with the highest validation score (see
    /// <see cref="AdaptiveInference.ML.EarlyStopping"/>) are kept. It needs the label and the image column.
    /// Its keys may count the classes in another order: they are compared by their values, and rows of classes that the training data lacks
    /// are left out, which the log says.
    /// </summary>
    /// <value>The default is null: <see cref="ValidationFraction"/> of the training data.</value>
    public IDataView? ValidationSet { get; init; }

    /// <summary>
    /// Share of the training data, of each class alike, that is held out as validation data when there is no <see cref="ValidationSet"/>,
    /// from 0 to less than 1. At 0 nothing is held out and the weights of the last epoch are the ones kept.
    /// </summary>
    /// <value>The default is 0.1.</value>
    [InRange(0, 1, Below = true)]
    public float ValidationFraction { get; init; } = DefaultValidationFraction;

    /// <summary>
    /// Name of a column of groups: rows of one group, such as pictures of one object, all stand on one side of the split by
    /// <see cref="ValidationFraction"/>, so that validation does not see what was learnt by heart. A key, a text or a number; a row whose
    /// group is missing is a group by itself. Classes keep their shares in both parts as nearly as whole groups allow. Not with a
    /// <see cref="ValidationSet"/>, which says itself what it holds.
    /// </summary>
    /// <value>The default is null: every row by itself.</value>
    public string? ValidationGroupColumnName { get; init; }

    /// <summary>
    /// When to end a stage before its last epoch. Needs validation data; <c>Fit</c> refuses data of which nothing can be held out.
    /// </summary>
    /// <value>The default is null: all epochs are run.</value>
    public EarlyStopping? EarlyStopping { get; init; }

    /// <summary>
    /// A model to start from. A model of the same network gives all its weights; one of another kind of network (such as a static ResNet)
    /// with the same architecture and number of channels gives its backbone, and what it lacks (gates, classes) starts fresh. In heads of
    /// the same kind every class that it knows keeps its weights, whatever the order: classes are compared by their key values, and by
    /// position where one side has bare numbers and both have equally many. Its channel statistics are kept.
    /// </summary>
    /// <value>The default is null: a fresh network.</value>
    public GatedResNetTransformer? InitialModel { get; init; }

    /// <summary>
    /// How to go on from the weights of <see cref="InitialModel"/>, without which it has no meaning: what stays as it is, what learns
    /// slowly, and that new heads are fitted first. With <see cref="ExitOptions.FreezeNetwork"/> all but the exits stays as it is anyway,
    /// and what remains of it is that exits are fitted and epochs take seconds.
    /// </summary>
    /// <value>The default is null: everything learns alike.</value>
    public FineTuningOptions? FineTuning { get; init; }

    /// <summary>
    /// A trained model of the same classes, in any order, such as a static ResNet, whose class probabilities are learnt together with the
    /// labels (knowledge distillation). It may be of any architecture. Every training step then runs it once more on
    /// the batch.
    /// </summary>
    /// <value>The default is null: the labels alone.</value>
    public GatedResNetTransformer? Teacher { get; init; }

    /// <summary>Share of the loss that is the <see cref="Teacher"/>'s, 0 to 1; the rest is the labels'.</summary>
    /// <value>The default is 0.5.</value>
    [InRange(0, 1)]
    public float DistillationWeight { get; init; } = DefaultDistillationWeight;

    /// <summary>Temperature by which the answers of teacher and student are softened, finite and positive.</summary>
    /// <value>The default is 3.</value>
    [InRange(0, Above = true)]
    public float DistillationTemperature { get; init; } = DefaultDistillationTemperature;

    /// <summary>
    /// Folder in which every epoch leaves a checkpoint, from which an interrupted <c>Fit</c> with the same options continues. It serves one
    /// <c>Fit</c> at a time; a second one, of another process too, gets an <see cref="IOException"/> that says so.
    /// </summary>
    /// <value>The default is null: no checkpoints.</value>
    public string? CheckpointFolder { get; init; }

    /// <summary>Receives reports of the progress of training, several times per epoch, on the thread that calls <c>Fit</c>.</summary>
    /// <value>The default is null: no reports.</value>
    public IProgress<TrainingProgress>? Progress { get; init; }

    /// <summary>Cancels <c>Fit</c>, which ends within one training step with an <see cref="OperationCanceledException"/>.</summary>
    /// <value>The default is <see cref="CancellationToken.None"/>.</value>
    public CancellationToken CancellationToken { get; init; }

    /// <summary>Device to train on: <c>"cpu"</c>, <c>"cuda"</c> or <c>"cuda:N"</c>. Never stored in the model.</summary>
    /// <value>The default is null: <c>MLContext.GpuDeviceId</c> and <c>MLContext.FallbackToCpu</c> decide.</value>
    public string? Device { get; init; }

    /// <summary>
    /// Seed of all random numbers: weights, order, augmentation, gates, validation split. Two fits with one seed on one machine's
    /// processor give the same model; on a GPU similar ones, because it adds up gradients in an order that changes. Never stored in the
    /// model.
    /// </summary>
    /// <value>The default is null: the seed of the <c>MLContext</c>, and without one a new seed for each <c>Fit</c>.</value>
    public int? Seed { get; init; }

    /// <summary>
    /// Early exits of the network, trained together with it. How certain an exit must be is chosen on the validation data: for the
    /// highest accuracy, less 0.01 times the mean compute fraction; without validation data it is 0.9. <c>WithExitConfidence</c>
    /// and <c>WithComputeBudget</c> of the model change it.
    /// </summary>
    /// <value>The default is null: none.</value>
    public ExitOptions? Exits { get; init; }

    /// <summary>The network that these options describe.</summary>
    internal abstract NetworkKind Network { get; }

    /// <summary>Whether only the heads of exits are to learn.</summary>
    internal bool FreezesNetwork => Exits is { FreezeNetwork: true };

    /// <summary>Whether the weights before the first epoch are a result by themselves: a trained network's with fitted heads.</summary>
    internal bool JudgesStart => FineTuning is { FitHeads: true };

    /// <summary>Names of the column that the model reads and of those that it makes.</summary>
    internal ScoringColumns Columns()
        => new(FeatureColumnName, ScoreColumnName, PredictedLabelColumnName, ExecutionPathColumnName, ComputeFractionColumnName);

    /// <summary>The network for images of a shape and a number of classes.</summary>
    internal NetworkSpec Describe(ImageShape image, int classes)
    {
        var spec = new NetworkSpec
        {
            Network = Network, Architecture = Architecture, Gate = GateOfNetwork, Image = image, Classes = classes, Head = Head,
            AnyBudget = FirstBudget is not null,
        };
        return Exits is null
            ? spec
            : spec with { Exits = ExitPlacement.Of(spec, Exits), AveragesHeads = Exits.AveragesHeads ?? !Exits.FreezeNetwork };
    }

    /// <summary>The gate network, where there is a choice.</summary>
    internal virtual GateKind GateOfNetwork => GateKind.Recurrent;

    /// <summary>What gates are trained to save; null is multiply–accumulates.</summary>
    internal virtual MeasuredCosts? CostsOfGates => null;

    /// <summary>The budget at which the trained model begins, where gates are to be told one.</summary>
    internal virtual float? FirstBudget => null;

    /// <summary>Adds what is wrong with the options of this kind of trainer alone, beyond their ranges.</summary>
    private protected virtual void CheckOwn(OptionCheck check)
    {
    }

    /// <exception cref="ArgumentException">One or more options are out of range; the message lists them all.</exception>
    internal void Check(string trainer)
    {
        var check = new OptionCheck();
        SharedOptionCheck.Run(check, this);
        CheckOwn(check);
        check.ThrowIfAny(trainer + ".Options");
    }
}
