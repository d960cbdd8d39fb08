using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Budget;
using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Diagnostics;
using AdaptiveInference.ML.Transforms.Files;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Interop;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Onnx;
using AdaptiveInference.ML.Transforms.Persistence;
using AdaptiveInference.ML.Transforms.Scoring;
using Google.Protobuf;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using ResizingKind = Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind;

namespace AdaptiveInference.ML.Transforms;

/// <summary>
/// Classifies images with a trained residual network that decides per image which of its blocks to run.
/// </summary>
/// <remarks>
/// <para>Scoring runs in managed code only; a block that is skipped costs no more than its gate. The transformer never changes and may be
/// used by any number of threads and prediction engines at the same time.</para>
/// <list type="table">
/// <listheader><term>Output column</term><description>Content</description></listheader>
/// <item><term><c>Score</c></term><description>Vector of <see cref="float"/>: probability of each class, in key order, summing to
/// 1.</description></item>
/// <item><term><c>PredictedLabel</c></term><description>Key of the label's type: the most probable class.</description></item>
/// <item><term><c>ExecutionPath</c></term><description>Vector of <see cref="float"/>, one slot per residual block in order: 1 when the
/// block ran, 0 when not.</description></item>
/// <item><term><c>ComputeFraction</c></term><description><see cref="float"/>: multiply–accumulates (MACs) spent on the image, gates
/// included, ÷ MACs of the same network with every block run and no gates. It exceeds 1 slightly when all gates are evaluated and
/// open.</description></item>
/// <item><term><c>Accepted</c></term><description><see cref="bool"/>, after <see cref="WithRefusal"/> alone: whether the answer is sure
/// enough to be relied on. The other columns have their values either way.</description></item>
/// </list>
/// </remarks>
/// <example>
/// <code>
/// var model = pipeline.Fit(trainingData);                    // … Append(mlContext.MulticlassClassification.Trainers.SkipNet())
/// var scored = model.Transform(testData);
/// mlContext.Model.Save(model, trainingData.Schema, "model.zip");
/// </code>
/// </example>
public sealed partial class GatedResNetTransformer : ITransformer, IDisposable
{
    internal const string LoaderSignature = "GatedResNet";

    internal static readonly ModelFileHeader.Header Header = new(
        "GTRESNET", LoaderSignature, ModelArchive.Version, ModelArchive.OldestVersion, ModelArchive.OldestVersion);

    private readonly IHostEnvironment _environment;
    private readonly PlanSource _plan;
    private readonly OutputColumns _outputs;
    private readonly IReadOnlyList<GivenUp> _givenUp;

    /// <summary>Makes a transformer of a trained model.</summary>
    internal GatedResNetTransformer(IHostEnvironment environment, GatedResNetModel model, ScoringColumns columns)
        : this(environment, model, columns, PlanSource.Of(model))
    {
    }

    /// <summary>Makes a transformer of a model whose plan may still be being compiled.</summary>
    internal GatedResNetTransformer(
        IHostEnvironment environment, GatedResNetModel model, ScoringColumns columns, PlanSource plan,
        IReadOnlyList<GivenUp>? givenUp = null)
    {
        _givenUp = givenUp ?? [];
        _environment = environment;
        _plan = plan;
        Model = model;
        Columns = columns;
        _outputs = new OutputColumns(model, plan.Cost, columns);

        // A loop, as everywhere where a model is loaded: in a fresh process each query is several methods to compile.
        var blocks = new BlockInfo[model.Blocks.Blocks.Count];
        foreach (var block in model.Blocks.Blocks)
        {
            var cost = plan.Cost.Blocks[block.Index];
            blocks[block.Index] = new BlockInfo
            {
                Name = block.Name, Macs = cost.Body + cost.Shortcut, GateMacs = cost.Gate, IsGated = block.IsGated,
            };
        }

        Blocks = Array.AsReadOnly(blocks);
        (Exits, ExitConfidences) = ExitsOf(model, plan.Cost);
    }

    /// <summary>Names of the classes in key order; their numbers from 0 when the label column had no key values.</summary>
    public IReadOnlyList<string> ClassNames => Model.Classes.Names;

    /// <summary>Depth and style of the network.</summary>
    public ResNetArchitecture Architecture => Model.Spec.Architecture;

    /// <summary>Family of the network.</summary>
    public NetworkKind Network => Model.Spec.Network;

    /// <summary>Size of the images that the network reads.</summary>
    public ImageShape ImageShape => Model.Spec.Image;

    /// <summary>
    /// How image files and <c>MLImage</c>s of other proportions than <see cref="ImageShape"/> are made to fit, as in ML.NET's
    /// <c>ResizeImages</c>. Saved with the model.
    /// </summary>
    public ResizingKind Resizing => Model.Resizing;

    /// <summary>The residual blocks in the order in which an image meets them.</summary>
    public IReadOnlyList<BlockInfo> Blocks { get; private init; }

    /// <summary>The early exits in the order in which an image meets them; empty for a network without.</summary>
    public IReadOnlyList<ExitInfo> Exits { get; private init; }

    /// <summary>
    /// How probable "open" must be for a gate to open, 0 to 1, as <see cref="WithGateThreshold"/> and <see
    /// cref="WithComputeBudget(IDataView, double)"/> set
    /// it. Null is the rule that the network was trained with: above one half for a SkipNet, one half or more for a ConvNet-AIG.
    /// </summary>
    public float? GateThreshold => Model.Policy.GateThreshold;

    /// <summary>
    /// The share of the whole network's compute that gates are told to aim for, 0 to 1, as <see cref="WithGateBudget"/> and
    /// <see cref="WithComputeBudget(IDataView, double)"/> set it. Null for a network that was not trained for any budget. What is spent on
    /// data comes near to
    /// it and is not bound by it: <see cref="WithComputeBudget(IDataView, double)"/> finds what to tell them.
    /// </summary>
    public float? GateBudget => Model.Policy.Budget;

    /// <summary>
    /// For each of <see cref="Exits"/> how probable its answer must be for an image to leave there, 0 to 1, as
    /// <see cref="WithExitConfidence"/> and <see cref="WithComputeBudget(IDataView, double)"/> set it. At 1 none leaves.
    /// </summary>
    public IReadOnlyList<float> ExitConfidences { get; }

    /// <summary>
    /// Whether the network classifies. One without classes, such as an imported backbone, serves <c>AdaptiveFeatures</c> and
    /// <c>InitialModel</c>; to transform data with it is an <see cref="InvalidOperationException"/>.
    /// </summary>
    public bool HasClasses => Model.Classes.Count > 0;

    /// <summary>Multiply–accumulates (MACs) of one image with every block run and no gates: a compute fraction of 1.</summary>
    public long FullMacs => _plan.Cost.Full;

    /// <summary>
    /// What watches the rows that are scored; null where nothing does. It is neither saved with the model nor taken over by the other
    /// <c>With…</c> methods, which make another setting or another network.
    /// </summary>
    public DriftMonitor? Monitor { get; private init; }

    /// <inheritdoc />
    public bool IsRowToRowMapper => true;

    internal GatedResNetModel Model { get; }

    internal ScoringColumns Columns { get; }

    internal OutputColumns Outputs => _outputs;

    internal InferencePlan Plan => _plan.Plan;

    internal PlanSource PlanSource => _plan;

    /// <summary>The same weights with another rule for all gates.</summary>
    /// <param name="threshold">
    /// A gate opens when its probability of open is at least this, from 0 to 1. At 0 every block runs and no gate is evaluated. Higher is
    /// faster.
    /// </param>
    /// <returns>A new transformer; this one does not change.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threshold"/> is not from 0 to 1.</exception>
    /// <example>
    /// <code>
    /// var faster = network.WithGateThreshold(0.7f).Transform(testData);
    /// </code>
    /// </example>
    public GatedResNetTransformer WithGateThreshold(float threshold)
        => threshold is >= 0 and <= 1
            ? With(Model.Policy with { GateThreshold = threshold }, nameof(WithGateThreshold))
            : throw new ArgumentOutOfRangeException(
                nameof(threshold), FormattableString.Invariant($"Gate threshold must be from 0 (every gate open) to 1, got {threshold}."));

    /// <summary>The same weights with gates that are told another budget.</summary>
    /// <param name="budget">
    /// The share of the whole network's compute to aim for, from 0 to 1. At 1 every block runs and no gate is evaluated.
    /// </param>
    /// <returns>A new transformer; this one does not change.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="budget"/> is not from 0 to 1.</exception>
    /// <exception cref="InvalidOperationException">The network was not trained for any budget.</exception>
    /// <example>
    /// <code>
    /// var thrifty = network.WithGateBudget(0.4f).Transform(testData);
    /// </code>
    /// </example>
    public GatedResNetTransformer WithGateBudget(float budget)
        => budget is not (>= 0 and <= 1)
            ? throw new ArgumentOutOfRangeException(
                nameof(budget), FormattableString.Invariant($"Gate budget must be from 0 to 1 (every gate open), got {budget}."))
            : GateBudget is null
                ? throw new InvalidOperationException(
                    "The gates of this network are told no budget. Train a SkipNet or a ConvNet-AIG with AnyBudget, or use "
                    + "WithGateThreshold.")
                : With(Model.Policy with { Budget = budget }, nameof(WithGateBudget));

    /// <summary>The same weights with another rule for early exits.</summary>
    /// <param name="confidence">
    /// An image leaves at an exit when its largest class probability there is at least this, from 0 to 1. At 1 none leaves; the exits
    /// are then evaluated only where heads are averaged. A network without exits is not affected.
    /// </param>
    /// <returns>A new transformer; this one does not change.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="confidence"/> is not from 0 to 1.</exception>
    /// <example>
    /// <code>
    /// var surer = network.WithExitConfidence(0.95f).Transform(testData);
    /// </code>
    /// </example>
    public GatedResNetTransformer WithExitConfidence(float confidence)
        => confidence is >= 0 and <= 1
            ? With(Model.Policy with { ExitConfidence = [.. Model.Spec.Exits.Select(_ => confidence)] }, nameof(WithExitConfidence))
            : throw new ArgumentOutOfRangeException(
                nameof(confidence),
                FormattableString.Invariant($"Exit confidence must be from 0 to 1 (never leave early), got {confidence}."));

    /// <summary>The same network for image files and <c>MLImage</c>s that are made to fit in another way.</summary>
    /// <param name="resizing">
    /// <c>Fill</c> squashes or stretches images of other proportions than <see cref="ImageShape"/>, <c>IsoCrop</c> cuts off equally at both
    /// ends of the longer side, <c>IsoPad</c> adds middle gray (128) at both ends of the shorter one. Images are turned upright first.
    /// Pixels in vectors are taken as they are.
    /// </param>
    /// <returns>A new transformer; this one does not change.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="resizing"/> is none of the three.</exception>
    /// <remarks>A network should see images as it did in training: this is for one that is imported, or trained on from here.</remarks>
    /// <example>
    /// <code>
    /// var backbone = mlContext.Model.PretrainedResNet18("Image")
    ///     .WithResizing(Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind.IsoCrop);
    /// </code>
    /// </example>
    public GatedResNetTransformer WithResizing(ResizingKind resizing)
        => ImportCheck.Resizing(resizing).FirstOrDefault() is { } problem
            ? throw new ArgumentOutOfRangeException(nameof(resizing), problem)
            : Without(nameof(WithResizing), Model.With(resizing), _plan, Times);

    /// <summary>
    /// The same weights with the thresholds of gates and exits, chosen together, under which images cost at most a share of the full
    /// network on average and are classified best, as far as can be told without labels: <see cref="WithComputeBudget(IDataView, double,
    /// string)"/> uses them.
    /// </summary>
    /// <param name="calibrationData">
    /// Unlabelled images like those to be scored, with the feature column; read once. A few thousand rows set the compute fraction to
    /// within a point. Beyond 256 MiB of pixels a random part is used.
    /// </param>
    /// <param name="computeFraction">
    /// Wanted mean of the compute fraction, above 0. From the mean without any skipping on, nothing is saved.
    /// </param>
    /// <returns>A new transformer whose mean compute fraction on the data comes near to the wanted one and does not exceed it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The fraction is not above 0, or below what the network can reach; the message says what it can. A network without gates and exits
    /// reaches nothing below 1.
    /// </exception>
    /// <exception cref="ArgumentException">There are no rows.</exception>
    /// <exception cref="FormatException">The image of a row cannot be read.</exception>
    /// <example>
    /// <code>
    /// var halfTheWork = network.WithComputeBudget(data, computeFraction: 0.5);
    /// Console.WriteLine(mlContext.MulticlassClassification.EvaluateAdaptive(halfTheWork.Transform(testData)));
    /// </code>
    /// </example>
    public GatedResNetTransformer WithComputeBudget(IDataView calibrationData, double computeFraction)
    {
        ArgumentNullException.ThrowIfNull(calibrationData);
        return ForCompute(calibrationData, computeFraction, labelColumnName: null);
    }

    private void WarnOfImages(string sentence)
    {
        using var channel = _environment.Start("Images");
        channel.Warning(MessageSensitivity.None, "{0}", sentence);
    }

    /// <summary><see cref="WithComputeBudget(IDataView, double)"/> for several budgets, from one evaluation of the data.</summary>
    /// <returns>
    /// From a budget to a new transformer; throws as <see cref="WithComputeBudget(IDataView, double)"/> does for one that is out of reach.
    /// </returns>
    internal Func<double, GatedResNetTransformer> WithComputeBudgets(IDataView calibrationData)
    {
        var search = ComputeBudget.Search(ComputeBudgetImages.Read(Model, Plan, Columns.Features, calibrationData), Model);
        return budget => With(search(budget));
    }

    /// <summary>The same weights for images of another size: smaller ones take less time, and say less.</summary>
    /// <param name="shape">Height and width are free within <see cref="ResourceLimits"/>; channels must be those of <see
    /// cref="ImageShape"/>.</param>
    /// <returns>
    /// A new transformer; this one does not change. Thresholds of gates and exits are taken over, although they were chosen at another
    /// size: choose them again. Accuracy at another size is for you to measure.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// The number of channels is another one, or the images are too small or too large for the network.
    /// </exception>
    /// <example>
    /// <code>
    /// var quick = mlContext.Model.PretrainedResNet18("Image").WithImageShape(new ImageShape(3, 160, 160));
    /// </code>
    /// </example>
    public GatedResNetTransformer WithImageShape(ImageShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        if (shape.Channels != ImageShape.Channels)
        {
            throw new ArgumentException(
                $"The network reads images of {ImageShape.Channels} channels, got {shape}. Give another height and width alone.",
                nameof(shape));
        }

        var plan = BlockPlan.Of(Model.Spec with { Image = shape });
        NetworkSizeCheck.Require(plan);
        var values = Model.Weights.Layout.ToDictionary(tensor => tensor.Name, tensor => Model.Weights.Array(tensor.Name));
        var weights = new NetworkWeights(plan, values);
        var model = new GatedResNetModel(plan, weights, Model.Channels, Model.Classes, Model.Policy)
        {
            FlatLayout = Model.FlatLayout, Resizing = Model.Resizing,
        };
        return Without(nameof(WithImageShape), model, PlanSource.Of(model), times: null);
    }

    /// <summary>
    /// The same network under a monitor: of a share of the rows that are scored the whole network's answer is computed too, and the monitor
    /// is told whether the two agree. Outputs are the same to the bit, and <c>ComputeFraction</c> does not count the check.
    /// </summary>
    /// <param name="monitor">
    /// Is told. It belongs to one setting of one network; several transformers of that one may share it.
    /// </param>
    /// <returns>
    /// A new transformer; this one does not change. Choose thresholds first: the other <c>With…</c> methods return transformers without a
    /// monitor, and say so in the log.
    /// </returns>
    /// <remarks>A row that is checked takes the time of the whole network more. Others take no measurable time more.</remarks>
    /// <example>
    /// <code>
    /// var monitor = new DriftMonitor();
    /// var watched = network.WithMonitor(monitor).Transform(data);
    /// Console.WriteLine(monitor.Report);                         // of the rows of watched that were scored so far
    /// </code>
    /// </example>
    public GatedResNetTransformer WithMonitor(DriftMonitor monitor)
    {
        ArgumentNullException.ThrowIfNull(monitor);
        RequireClasses();
        return new GatedResNetTransformer(_environment, Model, Columns, _plan, GivenUpWith(new GivenUp(nameof(WithMonitor))))
        {
            Monitor = monitor, Times = Times, Limits = Limits, Calibration = Calibration,
        };
    }

    /// <summary>
    /// Writes the network as ONNX for one image per run, with an <c>If</c> around every gated block, at this transformer's thresholds.
    /// Input <c>image</c> (1, C, H, W), raw pixels of an image that was made to fit already (see <see cref="Resizing"/>); outputs
    /// <c>score</c> (1, classes), <c>execution_path</c> (1, blocks) and <c>compute_fraction</c> (1, 1). Opset 17.
    /// </summary>
    /// <param name="path">
    /// File to write; it appears only when it is complete. A symbolic link stays, and what it leads to is written; so is a device or a
    /// pipe.
    /// </param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <remarks>After <see cref="WithRefusal"/> there is a fourth output, <c>accepted</c> (1, 1), a Boolean.</remarks>
    /// <example>
    /// <code>
    /// network.WithComputeBudget(data, 0.5).ExportToOnnx("classifier.onnx");
    /// </code>
    /// </example>
    public void ExportToOnnx(string path)
    {
        RequireClasses();
        AtomicFile.Write(path, ExportToOnnx);
    }

    /// <summary>Writes the network as ONNX; see <see cref="ExportToOnnx(string)"/>.</summary>
    /// <param name="stream">Receives the file; left open.</param>
    public void ExportToOnnx(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        RequireClasses();
        OnnxExporter.Export(Model).WriteTo(stream);
    }

    /// <summary>
    /// A table of the network, a line for its stem, each block, exit and head, with the size of what they make and their
    /// multiply–accumulates (MACs). Below it stand the budget that gates are told and the time limit, if any, what is in 8 bits, what
    /// thresholds were chosen by, and what is certified, if anything, or what has given a certificate up.
    /// </summary>
    public override string ToString()
    {
        object?[] lines =
        [
            NetworkTable.Of(Model.Blocks, _plan.Cost), Told(), Limited(), EightBits(), Calibration, Guarantee, Refusal, .. _givenUp,
        ];
        return string.Join(Environment.NewLine, lines.Where(line => line is not null));
    }

    /// <inheritdoc />
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Bind(inputSchema).OutputSchema;

    /// <summary>
    /// Scores lazily: nothing runs before the result is read. A row whose image cannot be read, or overflows in the network, fails with its
    /// position.
    /// </summary>
    /// <param name="input">Data with the feature column.</param>
    /// <returns>The input's columns and the scored ones.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The feature column is missing or of a wrong type or size.</exception>
    /// <exception cref="InvalidOperationException">The network has no classes.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new ScoredDataView(Bind(input.Schema), input);
    }

    /// <inheritdoc />
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => new ScoringRowMapper(Bind(inputSchema));

    /// <summary>
    /// Gives pooled scratch memory back. The transformer stays usable, because a prediction engine disposes its transformer by default,
    /// and the transformer may be shared.
    /// </summary>
    public void Dispose() => _plan.ReleaseScratch();

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        ModelFileHeader.Save(ctx, Header.For(ModelArchive.OldestReader(Model)), writer => ModelArchive.Write(writer, Model, Columns));
    }

    // Called by ML.NET through the loadable-class list.
    internal static GatedResNetTransformer Create(IHostEnvironment environment, ModelLoadContext context)
    {
        var warmUp = WarmUp.StartOnce();
        var (model, columns) = ModelReadTelemetry.Measure(
            () => ModelFileHeader.Load(context, Header, ModelArchive.Read), read => NetworkNames.Of(read.Model));
        var plan = warmUp is null ? PlanSource.Of(model) : PlanSource.Behind(warmUp, model);
        return new GatedResNetTransformer(environment, model, columns, plan);
    }

    private static (IReadOnlyList<ExitInfo> Exits, IReadOnlyList<float> Confidences) ExitsOf(GatedResNetModel model, CostModel cost)
    {
        var exits = new ExitInfo[model.Spec.Exits.Count];
        var confidences = new float[exits.Length];
        for (var i = 0; i < exits.Length; i++)
        {
            var (block, head) = model.Spec.Exits[i];
            exits[i] = new ExitInfo
            {
                AfterBlock = block, Head = head, Macs = cost.Exits[i],
                ComputeFraction = 1 - cost.FractionBehind(block) + ((double)cost.Exits[i] / cost.Full),
            };
            confidences[i] = model.Policy.ConfidenceOf(i);
        }

        return (Array.AsReadOnly(exits), Array.AsReadOnly(confidences));
    }

    // A network without classes makes no columns of its own; what it is for has other names.
    private void RequireClasses()
    {
        if (!HasClasses)
        {
            throw new InvalidOperationException(
                "This network has no classes, so that it cannot classify. Give it yours with Trainers.ExitHeads or as the InitialModel of "
                + "another trainer, or use it in mlContext.Transforms.AdaptiveFeatures.");
        }
    }

    private string? Told()
        => GateBudget is { } budget ? FormattableString.Invariant($"Gates are told a budget of {budget:0.###} of the whole.") : null;

    /// <summary>Binds the network to the schema of its rows.</summary>
    /// <param name="schema">The rows'.</param>
    /// <param name="outputs">The columns to make; null for its own.</param>
    /// <param name="second">Scores the images that it refuses; null where a refused answer stands.</param>
    internal ScoringBinding Bind(DataViewSchema schema, IResultColumns? outputs = null, RowScorer? second = null)
    {
        ArgumentNullException.ThrowIfNull(schema);
        RequireClasses();
        return new ScoringBinding(_plan, Model, Columns.Features, outputs ?? _outputs, schema, Monitor, second, Limits);
    }
}
