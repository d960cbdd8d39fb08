using AdaptiveInference.ML.Transforms.Diagnostics;
using AdaptiveInference.ML.Transforms.Interop;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Persistence;
using AdaptiveInference.ML.Transforms.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace AdaptiveInference.ML.Transforms;

/// <summary>
/// Makes the pooled features of a trained network a column: for each channel of the last feature map, the mean over all its pixels.
/// </summary>
/// <remarks>
/// <para>Gates decide per image which blocks run, at the threshold of the model that this was made of, and the features are those of the
/// path taken. Early exits are not taken, whatever their confidence: behind an exit stands another map, whose channels mean something else,
/// and a column must mean the same in every row. No head is evaluated.</para>
/// <para>Runs in managed code, from any number of threads, and is saved with the pipeline in one <c>.zip</c>, network included.</para>
/// <list type="table">
/// <listheader><term>Column</term><description>Type</description></listheader>
/// <item><term>input</term><description>Images, of any type that the network itself reads.</description></item>
/// <item><term>output</term><description>Vector of <see cref="float"/> of <see cref="FeatureCount"/> values, 0 or more: 64 for a
/// CIFAR-style network, 512 for ResNet-18 and -34, 2048 for ResNet-50, -101 and -152. Not normalised.</description></item>
/// </list>
/// </remarks>
public sealed class AdaptiveFeaturesTransformer : ITransformer, IDisposable
{
    internal const string LoaderSignature = "GatedResNetFeatures";

    internal static readonly ModelFileHeader.Header Header = new(
        "GTRESFEA", LoaderSignature, ModelArchive.Version, ModelArchive.OldestVersion, ModelArchive.OldestVersion);

    private readonly GatedResNetModel _model;
    private readonly PlanSource _plan;
    private readonly FeatureColumn _output;

    internal AdaptiveFeaturesTransformer(GatedResNetTransformer network, string output, string input)
        : this(network.Model, network.PlanSource, output, input)
    {
    }

    private AdaptiveFeaturesTransformer(GatedResNetModel model, PlanSource plan, string output, string input)
    {
        _model = model;
        _plan = plan;
        _output = new FeatureColumn(output, FeatureCount);
        OutputColumnName = output;
        InputColumnName = input;
    }

    /// <summary>Length of the feature vector: the channels of the last feature map.</summary>
    public int FeatureCount => _plan.Blocks.FeatureChannels;

    /// <summary>Size of the images that the network reads.</summary>
    internal ImageShape Shape => _model.Spec.Image;

    /// <summary>Column of the images.</summary>
    public string InputColumnName { get; }

    /// <summary>Column of the features.</summary>
    public string OutputColumnName { get; }

    /// <inheritdoc />
    public bool IsRowToRowMapper => true;

    /// <inheritdoc />
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Bind(inputSchema).OutputSchema;

    /// <summary>
    /// Computes lazily: nothing runs before the result is read. A row whose image cannot be read, or overflows in the network, fails with
    /// its position.
    /// </summary>
    /// <param name="input">Data with the image column.</param>
    /// <returns>The input's columns and the features.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing or of a wrong type or size.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new ScoredDataView(Bind(input.Schema), input);
    }

    /// <inheritdoc />
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => new ScoringRowMapper(Bind(inputSchema));

    /// <summary>Gives pooled scratch memory back. The transformer stays usable.</summary>
    public void Dispose() => _plan.ReleaseScratch();

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ArgumentNullException.ThrowIfNull(ctx);

        // The archive holds the columns of a classifier: the features stand in the place of its score, and the other names are not used.
        var columns = new ScoringColumns(InputColumnName, OutputColumnName, OutputColumnName + ".PredictedLabel", null, null);
        ModelFileHeader.Save(ctx, Header.For(ModelArchive.OldestReader(_model)), writer => ModelArchive.Write(writer, _model, columns));
    }

    // Called by ML.NET through the loadable-class list, which wants both parameters.
    internal static AdaptiveFeaturesTransformer Create(IHostEnvironment environment, ModelLoadContext context)
    {
        var (model, columns) = ModelReadTelemetry.Measure(
            () => ModelFileHeader.Load(context, Header, ModelArchive.Read), read => NetworkNames.Of(read.Model));
        return new AdaptiveFeaturesTransformer(model, PlanSource.Of(model), columns.Score, columns.Features);
    }

    private ScoringBinding Bind(DataViewSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        return new ScoringBinding(_plan, _model, InputColumnName, _output, schema);
    }
}
