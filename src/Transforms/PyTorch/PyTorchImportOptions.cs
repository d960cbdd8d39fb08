using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Model;
using ResizingKind = Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind;

namespace AdaptiveInference.ML.Transforms;

/// <summary>
/// What network a PyTorch checkpoint holds: a <c>.safetensors</c> file has the names and values of tensors, not the architecture.
/// </summary>
public sealed record PyTorchImportOptions
{
    /// <summary>Default of <see cref="FeatureColumnName"/>.</summary>
    internal const string DefaultFeatureColumnName = "Features";

    /// <summary>Default of <see cref="ScoreColumnName"/>.</summary>
    internal const string DefaultScoreColumnName = "Score";

    /// <summary>Default of <see cref="PredictedLabelColumnName"/>.</summary>
    internal const string DefaultPredictedLabelColumnName = "PredictedLabel";

    /// <summary>Default of <see cref="ExecutionPathColumnName"/>.</summary>
    internal const string DefaultExecutionPathColumnName = "ExecutionPath";

    /// <summary>Default of <see cref="ComputeFractionColumnName"/>.</summary>
    internal const string DefaultComputeFractionColumnName = "ComputeFraction";

    /// <summary>Family of the network.</summary>
    /// <value>The default is <see cref="NetworkKind.ResNet"/>.</value>
    public NetworkKind Network { get; init; } = NetworkKind.ResNet;

    /// <summary>Depth and style.</summary>
    /// <value>The default is <c>ResNetArchitecture.Cifar(38)</c>.</value>
    public ResNetArchitecture Architecture { get; init; } = ResNetArchitecture.Cifar(38);

    /// <summary>Kind of gate; only SkipNet reads it.</summary>
    /// <value>The default is <see cref="GateKind.Recurrent"/>.</value>
    public GateKind Gate { get; init; } = GateKind.Recurrent;

    /// <summary>Size of the images that the network reads.</summary>
    /// <value>
    /// The default, null, is what the papers use: 3×32×32 for a CIFAR-style architecture and 3×224×224 for an ImageNet-style one.
    /// </value>
    public ImageShape? ImageShape { get; init; }

    /// <summary>
    /// How image files and <c>MLImage</c>s of other proportions than <see cref="ImageShape"/> are made to fit, as in ML.NET's
    /// <c>ResizeImages</c>: <c>Fill</c> squashes or stretches them, <c>IsoCrop</c> cuts off equally at both ends of the longer side,
    /// <c>IsoPad</c> adds middle gray (128) at both ends of the shorter one. Pixels in vectors are taken as they are.
    /// </summary>
    /// <value>The default is <c>Fill</c>.</value>
    public ResizingKind Resizing { get; init; } = ResizingKind.Fill;

    /// <summary>
    /// Names of the classes in the order of the network's outputs, all different. Their number is the number of classes that the checkpoint
    /// must have.
    /// </summary>
    /// <value>
    /// The default, null, takes as many classes as the checkpoint has and calls them "class 0", "class 1" and so on. A checkpoint without a
    /// last layer is then a network without classes, for <c>AdaptiveFeatures</c> and <c>InitialModel</c>.
    /// </value>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>
    /// Mean of each channel in the units of the pixels, which are 0 to 255 for images: PyTorch's usual <c>0.485</c> of pixels scaled to 1
    /// is <c>0.485f * 255</c> here. Values on the scale of 0 to 1 give a warning at import, and an error when the column holds image files
    /// or <c>MLImage</c>s; they are right for pixels of 0 to 1 in a <c>Vector&lt;Single&gt;</c> column.
    /// </summary>
    /// <value>The default, null, is 0 for every channel.</value>
    public IReadOnlyList<float>? ChannelMean { get; init; }

    /// <summary>Standard deviation of each channel in the units of the pixels.</summary>
    /// <value>The default, null, is 1 for every channel.</value>
    public IReadOnlyList<float>? ChannelStandardDeviation { get; init; }

    /// <summary>Column that holds the images.</summary>
    /// <value>The default is <c>Features</c>.</value>
    public string FeatureColumnName { get; init; } = DefaultFeatureColumnName;

    /// <summary>Column for the class probabilities.</summary>
    /// <value>The default is <c>Score</c>.</value>
    public string ScoreColumnName { get; init; } = DefaultScoreColumnName;

    /// <summary>Column for the most probable class.</summary>
    /// <value>The default is <c>PredictedLabel</c>.</value>
    public string PredictedLabelColumnName { get; init; } = DefaultPredictedLabelColumnName;

    /// <summary>Column that tells which blocks ran; null leaves it out.</summary>
    /// <value>The default is <c>ExecutionPath</c>.</value>
    public string? ExecutionPathColumnName { get; init; } = DefaultExecutionPathColumnName;

    /// <summary>Column for the share of the network's multiply–accumulates that were spent; null leaves it out.</summary>
    /// <value>The default is <c>ComputeFraction</c>.</value>
    public string? ComputeFractionColumnName { get; init; } = DefaultComputeFractionColumnName;

    internal ScoringColumns Columns
        => new(FeatureColumnName, ScoreColumnName, PredictedLabelColumnName, ExecutionPathColumnName, ComputeFractionColumnName);

    /// <summary>The network that these options describe; without class names it has no classes yet.</summary>
    /// <exception cref="ArgumentException">Options are missing or contradict each other; the message lists all of them.</exception>
    internal (BlockPlan Plan, ChannelStatistics Statistics) Describe()
    {
        var image = ImageShape ?? (Architecture?.Style == ResNetStyle.ImageNet ? new ImageShape(3, 224, 224) : new ImageShape(3, 32, 32));
        ImportCheck.ThrowIfAny(Failures(image));
        var spec = new NetworkSpec
        {
            Network = Network,
            Architecture = Architecture!,
            Gate = Gate,
            Image = image,
            Classes = ClassNames?.Count ?? 0,
        };
        var statistics = new ChannelStatistics(
            ChannelMean ?? [.. Enumerable.Repeat(0f, image.Channels)],
            ChannelStandardDeviation ?? [.. Enumerable.Repeat(1f, image.Channels)]);
        var plan = BlockPlan.Of(spec);
        NetworkSizeCheck.Require(plan);
        return (plan, statistics);
    }

    private IEnumerable<string> Failures(ImageShape image)
    {
        if (Architecture is null)
        {
            yield return "Architecture must be given, for example ResNetArchitecture.Cifar(38).";
        }

        if (!Enum.IsDefined(Network))
        {
            yield return $"Network must be ResNet, SkipNet or ConvNetAig, got {Network}.";
        }

        if (!Enum.IsDefined(Gate))
        {
            yield return $"Gate must be Recurrent, FeedForwardI or FeedForwardII, got {Gate}.";
        }

        foreach (var problem in ImportCheck.Resizing(Resizing))
        {
            yield return problem;
        }

        if (ClassNames is { Count: 0 or > NetworkSpec.MaximumClasses })
        {
            yield return $"ClassNames must hold 1 to {NetworkSpec.MaximumClasses} names in the order of the network's outputs, or be null, "
                + $"got {ClassNames.Count}.";
        }
        else if (ClassNames is not null)
        {
            foreach (var problem in ImportCheck.Names(ClassNames))
            {
                yield return problem;
            }
        }

        foreach (var problem in ImportCheck.Statistics(image.Channels, ChannelMean, ChannelStandardDeviation))
        {
            yield return problem;
        }

        foreach (var problem in ImportCheck.Columns(Columns))
        {
            yield return problem;
        }
    }
}
