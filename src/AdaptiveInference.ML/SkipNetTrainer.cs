using AdaptiveInference.ML.Training.Loop;
using AdaptiveInference.ML.Training.Recipes;
using AdaptiveInference.ML.Transforms;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace AdaptiveInference.ML;

/// <summary>
/// Trains a SkipNet (Wang et al., "SkipNet: Learning Dynamic Routing in Convolutional Networks", ECCV 2018, arXiv 1711.09485): a residual
/// image classifier whose gates decide per image, from the output of the block before, which blocks to run.
/// </summary>
/// <remarks>
/// <para>Input columns: the label is a key (<c>MapValueToKey</c> makes one); the image is one of</para>
/// <list type="table">
/// <listheader><term>Type</term><description>How it is read</description></listheader>
/// <item><term>vector of <see cref="float"/> with dimensions</term><description>channels, height, width or height, width,
/// channels</description></item>
/// <item><term>flat vector of <see cref="float"/></term><description>channels, height, width, with <c>ImageShape</c>
/// given</description></item>
/// <item><term><c>MLImage</c></term><description>resized to <c>ImageShape</c></description></item>
/// <item><term>vector of <see cref="byte"/></term><description>an encoded image file, decoded and resized</description></item>
/// </list>
/// <para>Output columns:</para>
/// <list type="table">
/// <listheader><term>Column</term><description>Content</description></listheader>
/// <item><term><c>Score</c></term><description>class probabilities in key order</description></item>
/// <item><term><c>PredictedLabel</c></term><description>key of the most probable class</description></item>
/// <item><term><c>ExecutionPath</c></term><description>one value per residual block: 1 it ran, 0 it was skipped</description></item>
/// <item><term><c>ComputeFraction</c></term><description>MACs spent on the image ÷ MACs of the same network with every block run, without
/// gates and exits</description></item>
/// </list>
/// <para>Trainer characteristics:</para>
/// <list type="table">
/// <listheader><term>Characteristic</term><description>Value</description></listheader>
/// <item><term>Machine learning task</term><description>multiclass classification of images</description></item>
/// <item><term>Is normalization required?</term><description>no: the network subtracts the mean of each channel and divides by its
/// standard deviation, both taken from the training data</description></item>
/// <item><term>Is caching required?</term><description>no</description></item>
/// <item><term>Required NuGet in addition to Microsoft.ML</term><description>AdaptiveInference.ML and TorchSharp-cpu, TorchSharp-cuda-linux
/// or TorchSharp-cuda-windows to train; AdaptiveInference.ML.Transforms to score</description></item>
/// <item><term>Exportable to ONNX</term><description>yes, the network by <c>ExportToOnnx</c>; not by ML.NET's
/// <c>ConvertToOnnx</c></description></item>
/// </list>
/// <para>The data is read once per <see cref="Fit"/>; its images are kept as bytes where that loses nothing, in memory up to 512 MiB and in
/// a temporary file beyond that.</para>
/// </remarks>
public sealed partial class SkipNetTrainer : IEstimator<GatedResNetTransformer>
{
    private readonly TrainerCore _core;

    internal SkipNetTrainer(IHostEnvironment environment, Options options)
        => _core = new TrainerCore(environment, nameof(SkipNetTrainer), options, () => SkipNetRecipe.Of(options));

    /// <summary>
    /// What ML.NET asks of a trainer: it needs neither normalisation nor caching, can use a validation set and can continue a model.
    /// </summary>
    public TrainerInfo Info => TrainerCore.Info;

    /// <summary>Trains a model. Can be called any number of times; the options never change.</summary>
    /// <param name="input">The training data. It must have the label and the image column.</param>
    /// <returns>The trained model.</returns>
    /// <exception cref="ArgumentException">A column is missing or of a wrong type, or the data cannot be trained on.</exception>
    /// <exception cref="InvalidOperationException">
    /// The loss is no longer a finite number, a row cannot be read, or the device is not there.
    /// </exception>
    /// <exception cref="OperationCanceledException">The options' cancellation token was cancelled.</exception>
    public GatedResNetTransformer Fit(IDataView input) => _core.Fit(input);

    /// <summary>The columns of data that the model of <see cref="Fit"/> has transformed.</summary>
    /// <param name="inputSchema">The columns of the input.</param>
    /// <returns>The columns of the input and those that the model adds.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The label or the image column is missing or of a wrong type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => _core.GetOutputSchema(inputSchema);
}
