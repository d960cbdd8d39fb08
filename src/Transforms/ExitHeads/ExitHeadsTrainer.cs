using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Budget;
using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.ExitHeads;
using AdaptiveInference.ML.Transforms.Images;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Inference.Simd;
using AdaptiveInference.ML.Transforms.Interop;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Scoring;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace AdaptiveInference.ML.Transforms;

/// <summary>
/// Makes a pretrained network an adaptive classifier of one's own images: linear heads with early exits on the network as it is, fitted in
/// managed code in seconds, without TorchSharp. The choice for some hundred images; with some thousand, fine-tuning can do better.
/// </summary>
/// <remarks>
/// <para>Every image goes through the network once. On what each head reads, standardised, multinomial logistic regression is fitted with
/// an L2 penalty. Penalties, how much each head counts, and how certain an exit must be are chosen on held-out rows by cross-validation;
/// in the end the heads are fitted to all rows. Each head answers with the mean of its own class scores and those of the exits before it,
/// the k-th head counting k times (Wołczyk et al., "Zero Time Waste", NeurIPS 2021).</para>
/// <para>Weights, batch-norm statistics, gates and their threshold, and channel statistics are the backbone's; its own classes and exits
/// are left out. A backbone <see cref="GatedResNetTransformer.WithInt8">in 8 bits</see> stays so, and the heads learn from what it gives in
/// 8 bits. The input columns are those of the trainers in AdaptiveInference.ML, and so are the output columns.</para>
/// <para>Trainer characteristics:</para>
/// <list type="table">
/// <listheader><term>Characteristic</term><description>Value</description></listheader>
/// <item><term>Machine learning task</term><description>multiclass classification of images</description></item>
/// <item><term>Is normalization required?</term><description>no</description></item>
/// <item><term>Is caching required?</term><description>no: the data is read once</description></item>
/// <item><term>Required NuGet in addition to Microsoft.ML</term><description>AdaptiveInference.ML.Transforms</description></item>
/// <item><term>Exportable to ONNX</term><description>yes, the network by <c>ExportToOnnx</c>; not by ML.NET's
/// <c>ConvertToOnnx</c></description></item>
/// </list>
/// </remarks>
public sealed partial class ExitHeadsTrainer : IEstimator<GatedResNetTransformer>
{
    private const int DefaultSeed = 1;

    private readonly IHostEnvironment _environment;
    private readonly IHost _host;
    private readonly GatedResNetTransformer _backbone;
    private readonly Options _options;

    internal ExitHeadsTrainer(IHostEnvironment environment, GatedResNetTransformer backbone, Options options)
    {
        options.Check(backbone);
        (_environment, _backbone, _options) = (environment, backbone, options);
        _host = environment.Register(nameof(ExitHeadsTrainer));
    }

    /// <summary>What ML.NET asks of a trainer: it needs neither normalisation nor caching, and can use a validation set.</summary>
    public TrainerInfo Info { get; } = TrainerCharacteristics.OfImageTrainer(validates: true, continues: false);

    private ScoringColumns Columns => _options.Columns(_options.FeatureColumnName ?? _backbone.Columns.Features);

    /// <summary>Fits the heads. Can be called any number of times; neither the backbone nor the options change.</summary>
    /// <param name="input">Data with the label and the image column. It is read once.</param>
    /// <returns>
    /// The classifier, at the exits' confidences with the highest accuracy on held-out rows, less 0.01 times the mean compute fraction;
    /// <c>WithComputeBudget</c> and <c>WithExitConfidence</c> change them. The same data and seed give the same model on one machine.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of a wrong type or size.</exception>
    /// <exception cref="ArgumentException">The data has no rows, or those of one class or one group alone, or too many.</exception>
    /// <exception cref="FormatException">A row's image cannot be used; the message names the row.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public GatedResNetTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var columns = Columns;
        OutputShape.Check(
            SchemaShapes.Of(input.Schema), columns.Features, _options.LabelColumnName, _options.ValidationGroupColumnName);
        using var channel = _host.Start("Fitting");
        CheckAlive();
        var clock = Stopwatch.StartNew();
        var label = LabelColumn.OfTraining(input, _options.LabelColumnName);
        var plan = BlockPlan.Of(Spec(label.Classes));
        var int8 = _backbone.Model.Int8?.WithHeadsOf(plan);
        NetworkSizeCheck.Require(plan, inEightBits: int8 is not null);
        if (int8?.Calibration.LeftOutBefore is { } advice)
        {
            channel.Warning(MessageSensitivity.None, "{0}", advice);
        }

        var unfitted = HeadWeights.Unfitted(plan, _backbone.Model.Weights);
        var compiled = InferencePlan.Compile(plan, unfitted, _backbone.Model.Channels, VectorWidthChoice.Best, int8: int8);
        var data = new ExitHeadsData(compiled, _backbone.Model.Policy, _options.MirrorImages);
        var layout = Read(data, input, label, clock);
        var parts = Held(data, input, label, layout, clock, channel);
        foreach (var sentence in JudgedClasses.Warnings(
            parts, data.Labels, label.Labels, _options.ValidationSet is not null, _options.ValidationGroupColumnName))
        {
            channel.Warning(MessageSensitivity.None, "{0}", sentence);
        }

        var heads = FitHeads(data, label.Classes, parts, clock);
        var (scales, means) = HeadScales.Choose([.. heads.Select(head => head.HeldOutLogits)], data.Labels);
        var cost = new CostModel(plan);
        var thresholds = ExitThresholdsAfterTraining.Choose(
            HeadScales.Answers(means, data.Labels), [.. plan.Spec.Exits.Select(exit => cost.FractionBehind(exit.AfterBlock))]);
        var weights = HeadWeights.Of(plan, _backbone.Model.Weights, heads, scales);
        var policy = _backbone.Model.Policy with { ExitConfidence = thresholds };
        var model = new GatedResNetModel(plan, weights, _backbone.Model.Channels, label.Labels, policy)
        {
            FlatLayout = layout, Resizing = _backbone.Resizing, Int8 = int8,
        };
        return new GatedResNetTransformer(_host, model, columns)
        {
            Calibration = new BudgetCalibration { Rows = data.Labels.Length, RowsLeftOut = 0, HasLabels = true },
        };
    }

    /// <summary>The columns of the input and those that scoring makes.</summary>
    /// <param name="inputSchema">Columns of the input.</param>
    /// <returns>All columns of the result.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The label or the image column is missing or of a wrong type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return OutputShape.Of(inputSchema, Columns, _options.LabelColumnName, _options.ValidationGroupColumnName);
    }

    private NetworkSpec Spec(int classes)
    {
        var bare = _backbone.Model.Spec with { Classes = classes, Head = _options.Head, Exits = [], AveragesHeads = true };
        var after = _options.AfterBlocks ?? HeadPlacement.Of(BlockPlan.Of(bare));
        return bare with { Exits = [.. after.Select(block => new ExitSpec(block, _options.Head))] };
    }

    // The result is the order of the pixels in the data's vectors.
    private PixelLayout Read(ExitHeadsData data, IDataView input, LabelColumn label, Stopwatch clock)
    {
        var images = ImagesOf(input, _backbone.Model.FlatLayout);
        var groups = _options.ValidationGroupColumnName is { } name ? GroupColumn.Of(input.Schema, name, ColumnRole.ValidationGroup) : null;
        data.Read(input, label, images, groups, Reading(data, clock), CheckAlive);
        label.CheckRows(data.Labels, data.SkippedRows);
        return images.Layout;
    }

    private RowFold[] Held(
        ExitHeadsData data, IDataView input, LabelColumn label, PixelLayout layout, Stopwatch clock, IChannel channel)
    {
        var learning = data.Count;
        string?[] warnings = [LabelColumn.WithoutRows(label.Labels, data.Labels)];
        LabelColumn? judged = null;
        if (_options.ValidationSet is { } set)
        {
            judged = LabelColumn.OfValidation(set, _options.LabelColumnName, label.Labels);
            data.Read(set, judged, ImagesOf(set, layout), null, Reading(data, clock), CheckAlive);
        }

        foreach (var sentence in warnings.Concat(data.Warnings(judged?.Untrained ?? [])).OfType<string>())
        {
            channel.Warning(MessageSensitivity.None, "{0}", sentence);
        }

        if (_options.ValidationSet is not null)
        {
            return data.Count > learning
                ? [RowFold.Of(data.Labels, [.. Enumerable.Range(0, learning)], Enumerable.Range(learning, data.Count - learning))]
                : throw new ArgumentException(
                    "The validation set has no rows with labels of the training data. Give it some, or leave it out.");
        }

        var groups = data.Groups;
        return groups.Distinct().Count() > 1
            ? RowFold.Folds(data.Labels, groups, _options.Folds, _options.Seed ?? EnvironmentSettings.Of(_environment).Seed ?? DefaultSeed)
            : throw new ArgumentException(
                $"All {data.Count} rows are of one group in column '{_options.ValidationGroupColumnName}', so that none can be held "
                + "out. Give rows of several groups, or leave ValidationGroupColumnName out.");
    }

    // Each head on a core of its own, the largest first.
    private LinearHeadFit[] FitHeads(ExitHeadsData data, int classes, RowFold[] parts, Stopwatch clock)
    {
        var labels = data.Labels;
        var inputs = Enumerable.Range(0, data.Heads).Select(data.Take).ToArray();
        var (fitted, done) = (new LinearHeadFit[inputs.Length], 0);
        var order = Enumerable.Range(0, inputs.Length).OrderByDescending(head => inputs[head].Length);
        try
        {
            Parallel.ForEach(Partitioner.Create(order, EnumerablePartitionerOptions.NoBuffering), head =>
            {
                fitted[head] = LinearHeadFit.Of(
                    inputs[head], labels, classes, _options.L2Regularization, parts, _options.ValidationSet is null, CheckAlive);
                Report(data, Interlocked.Increment(ref done), clock);
            });
        }
        catch (AggregateException error)
        {
            // As it was thrown, by a Progress of the user's for example: on how many threads the heads are fitted is no concern of his.
            var all = error.Flatten().InnerExceptions;
            ExceptionDispatchInfo.Throw(all.OfType<OperationCanceledException>().FirstOrDefault() ?? all[0]);
        }

        return fitted;
    }

    private ImageColumn ImagesOf(IDataView data, PixelLayout layout)
    {
        var images = ImageColumn.Of(data.Schema, Columns.Features, _backbone.ImageShape, layout, _backbone.Resizing);
        images.CheckScale(_backbone.Model.Channels);
        return images;
    }

    private Action<int> Reading(ExitHeadsData data, Stopwatch clock) => _ => Report(data, 0, clock);

    private void Report(ExitHeadsData data, int fitted, Stopwatch clock) => _options.Progress?.Report(new ExitHeadsProgress
    {
        Images = data.Count, HeadsFitted = fitted, Heads = data.Heads, Elapsed = clock.Elapsed,
    });

    private void CheckAlive()
    {
        _options.CancellationToken.ThrowIfCancellationRequested();
        EnvironmentSettings.ThrowIfCancelled(_environment);
    }
}
