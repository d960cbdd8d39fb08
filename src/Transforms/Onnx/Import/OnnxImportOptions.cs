using AdaptiveInference.ML.Transforms.Model;
using ResizingKind = Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind;

namespace AdaptiveInference.ML.Transforms;

/// <summary>Says what an ONNX file does not: what its numbers stand for, and which pixels it expects.</summary>
public sealed record OnnxImportOptions
{
    /// <summary>
    /// Size of the images that the network is to read, of as many channels as the file's. <value>The default, null, is the size in the
    /// file, and where the file leaves it open 3×224×224 for a 7×7 stem and 3×32×32 for a 3×3 one.</value>
    /// </summary>
    public ImageShape? ImageShape { get; init; }

    /// <summary>
    /// How image files and <c>MLImage</c>s of other proportions than <see cref="ImageShape"/> are made to fit, as in ML.NET's
    /// <c>ResizeImages</c>: <c>Fill</c> squashes or stretches them, <c>IsoCrop</c> cuts off equally at both ends of the longer side,
    /// <c>IsoPad</c> adds middle gray (128) at both ends of the shorter one. Pixels in vectors are taken as they are.
    /// <value>The default is <c>Fill</c>.</value>
    /// </summary>
    public ResizingKind Resizing { get; init; } = ResizingKind.Fill;

    /// <summary>
    /// Names of the classes in the order of the network's outputs, all different. <value>The default, null, is what the file says of its
    /// classes, or "class 0", "class 1" and so on. A network that ends with its features has none.</value>
    /// </summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>
    /// Mean of each channel in the units of the pixels, which are 0 to 255 for images, in the order red, green, blue. Subtracted before
    /// what the file itself does to its input. <value>The default, null, is 0 for every channel.</value>
    /// </summary>
    public IReadOnlyList<float>? ChannelMean { get; init; }

    /// <summary>
    /// Standard deviation of each channel in the units of the pixels, above 0, in the order red, green, blue. Divided by before what the
    /// file itself does to its input. <value>The default, null, is 1 for every channel.</value>
    /// </summary>
    public IReadOnlyList<float>? ChannelStandardDeviation { get; init; }

    /// <summary>Order of the colours that the network expects. <value>The default is <see cref="ChannelOrder.Rgb"/>.</value></summary>
    public ChannelOrder ChannelOrder { get; init; }

    /// <summary>Column that holds the images. <value>The default is <c>Features</c>.</value></summary>
    public string FeatureColumnName { get; init; } = PyTorchImportOptions.DefaultFeatureColumnName;

    /// <summary>Column for the class probabilities. <value>The default is <c>Score</c>.</value></summary>
    public string ScoreColumnName { get; init; } = PyTorchImportOptions.DefaultScoreColumnName;

    /// <summary>Column for the most probable class. <value>The default is <c>PredictedLabel</c>.</value></summary>
    public string PredictedLabelColumnName { get; init; } = PyTorchImportOptions.DefaultPredictedLabelColumnName;

    /// <summary>
    /// Column that tells which blocks ran; null leaves it out. <value>The default is <c>ExecutionPath</c>.</value>
    /// </summary>
    public string? ExecutionPathColumnName { get; init; } = PyTorchImportOptions.DefaultExecutionPathColumnName;

    /// <summary>
    /// Column for the share of the network's multiply–accumulates that were spent; null leaves it out. <value>The default is
    /// <c>ComputeFraction</c>.</value>
    /// </summary>
    public string? ComputeFractionColumnName { get; init; } = PyTorchImportOptions.DefaultComputeFractionColumnName;

    internal ScoringColumns Columns
        => new(FeatureColumnName, ScoreColumnName, PredictedLabelColumnName, ExecutionPathColumnName, ComputeFractionColumnName);

    /// <exception cref="ArgumentException">Options contradict themselves or the file; the message lists all that is wrong.</exception>
    internal void Check(int channels, int classes) => ImportCheck.ThrowIfAny(Failures(channels, classes));

    private IEnumerable<string> Failures(int channels, int classes)
    {
        if (ImageShape is { } image && image.Channels != channels)
        {
            yield return $"ImageShape must have the {channels} channels of the file, got {image}.";
        }

        if (ClassNames is { } names)
        {
            if (classes == 0)
            {
                yield return $"ClassNames must be null for a file that ends with its features and has no classes, got {names.Count} names.";
            }
            else if (names.Count != classes)
            {
                yield return $"ClassNames must hold a name for each of the {classes} outputs of the file, got {names.Count}.";
            }

            foreach (var problem in ImportCheck.Names(names))
            {
                yield return problem;
            }
        }

        foreach (var problem in ImportCheck.Statistics(channels, ChannelMean, ChannelStandardDeviation))
        {
            yield return problem;
        }

        foreach (var problem in ImportCheck.Resizing(Resizing))
        {
            yield return problem;
        }

        if (!Enum.IsDefined(ChannelOrder))
        {
            yield return $"ChannelOrder must be Rgb or Bgr, got {ChannelOrder}.";
        }
        else if (ChannelOrder == ChannelOrder.Bgr && channels != 3)
        {
            yield return $"ChannelOrder Bgr needs three channels, and the file has {channels}.";
        }

        foreach (var problem in ImportCheck.Columns(Columns))
        {
            yield return problem;
        }
    }
}
