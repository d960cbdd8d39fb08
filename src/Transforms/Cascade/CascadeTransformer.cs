using AdaptiveInference.ML.Transforms.Cascade;
using AdaptiveInference.ML.Transforms.Interop;
using AdaptiveInference.ML.Transforms.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace AdaptiveInference.ML.Transforms;

/// <summary>
/// Two models for one task: the first answers where it is sure enough, the second answers the rows that the first refuses, and runs for
/// those alone.
/// </summary>
/// <remarks>
/// <para>The first model is a gated network after <see cref="GatedResNetTransformer.WithRefusal"/>. The second is any row-to-row model of
/// the same classes, which are matched by their names; their order is free. Both read the columns that the cascade is given, and columns
/// that the second model makes beside its scores stay inside.</para>
/// <para>Rows are scored lazily. Where the second model is a gated network that reads the same column as the first, both run on all cores;
/// another one runs on the caller's thread, when one of its values is asked for. Where no column is asked for that it has to do with,
/// such as <c>Stage</c> alone, it does not run. The transformer never changes and may be used by any number of threads and prediction
/// engines at the same time, as far as the second model may.</para>
/// <list type="table">
/// <listheader><term>Output column</term><description>Content</description></listheader>
/// <item><term><c>Score</c></term><description>Vector of <see cref="float"/> in the key order of the first model: the scores of the model
/// that answers, as it gives them. Where the second model's are no probabilities, these are none either.</description></item>
/// <item><term><c>PredictedLabel</c></term><description>Key of the first model's label type: the class of the highest score, the first one
/// among equals; missing (0) where a score of the second model is NaN.</description></item>
/// <item><term><c>ExecutionPath</c></term><description>Vector of <see cref="float"/>, 1 for each block that ran: those of the first
/// model, then those of the second where it has such a column, whose names begin with <c>second.</c></description></item>
/// <item><term><c>ComputeFraction</c></term><description><see cref="float"/>: multiply–accumulates (MACs) of all that ran for the row ÷
/// those of the whole second network. It exceeds 1 where both ran whole. Where the second model does not say what it costs: those of the
/// first model ÷ those of the whole first network, and NaN for rows that the second one answers.</description></item>
/// <item><term><c>Accepted</c></term><description><see cref="bool"/>, only where the second model refuses answers too: whether the answer
/// is sure enough to be relied on.</description></item>
/// <item><term><c>Stage</c></term><description><see cref="int"/>: 1 where the first model answers, 2 where the second
/// does.</description></item>
/// </list>
/// <para>Columns have the names that they have in the first model. A column that the first model leaves out is left out.</para>
/// </remarks>
/// <example>
/// <code>
/// var sure = network.WithRefusal(data, new RefusalOptions { MaximumRisk = 0.05 });      // rows that it was not trained on
/// var cascade = mlContext.MulticlassClassification.Cascade(sure, second: model);
/// Console.WriteLine(mlContext.MulticlassClassification.EvaluateAdaptive(cascade.Transform(testData)));
/// mlContext.Model.Save(cascade, testData.Schema, "cascade.zip");
/// </code>
/// </example>
public sealed class CascadeTransformer : ICascade, IDisposable
{
    internal const string LoaderSignature = "GatedResNetCascade";

    internal static readonly ModelFileHeader.Header Header = new(
        "GTRCASCA", LoaderSignature, CascadeArchive.Version, CascadeArchive.Version, CascadeArchive.Version);

    /// <exception cref="ArgumentException">The two do not make a cascade.</exception>
    internal CascadeTransformer(GatedResNetTransformer first, ITransformer second, CascadeOptions options)
    {
        if (first.Refusal is null)
        {
            throw new ArgumentException(
                "The first model of a cascade must say of which answers it is sure enough. Call WithRefusal(calibrationData, new "
                + "RefusalOptions()) on it, with labelled rows that it was not trained on, and give what that returns.",
                nameof(first));
        }

        if (!second.IsRowToRowMapper)
        {
            throw new ArgumentException(
                "The second model of a cascade must map rows one by one, because it runs for some of them alone: one of its steps looks at "
                + "several rows together. Give a model whose IsRowToRowMapper is true.",
                nameof(second));
        }

        if (SameAnswers.Are(first, second))
        {
            throw new ArgumentException(
                "The second model of a cascade is the first one once more, at the same setting, and would repeat the answers that were "
                + "refused. Give another model, or the same network at another setting: WithExitConfidence(1), or another WithImageShape.",
                nameof(second));
        }

        options.Check(first.Columns, SecondOutputs.ScoreOf(second));
        SecondClasses.CheckEarly(first.Model.Classes, second, options.SecondClassNames);
        (First, Second, Options) = (first, second, options);
    }

    /// <summary>The model that sees every row.</summary>
    public GatedResNetTransformer First { get; }

    /// <summary>The model that answers what the first one refuses.</summary>
    public ITransformer Second { get; }

    /// <inheritdoc />
    public bool IsRowToRowMapper => true;

    internal CascadeOptions Options { get; }

    /// <summary>Whether both models were told that they are no longer needed; a gated network goes on all the same.</summary>
    internal bool IsDisposed { get; private set; }

    /// <inheritdoc />
    /// <exception cref="ArgumentException">The second model has other classes than the first, or does not name them.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of a wrong type.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Bind(inputSchema).OutputSchema;

    /// <summary>
    /// Scores lazily: nothing runs before the result is read, and the second model only for rows that the first one refuses. A row whose
    /// image cannot be read, or overflows in a network, fails with its position.
    /// </summary>
    /// <param name="input">Data with the columns that both models read.</param>
    /// <returns>The input's columns and the scored ones.</returns>
    /// <exception cref="ArgumentException">The second model has other classes than the first, or does not name them.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of a wrong type.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new CascadeDataView(Bind(input.Schema), input);
    }

    /// <inheritdoc />
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => new CascadeRowMapper(Bind(inputSchema));

    /// <summary>
    /// Disposes both models, as a <c>TransformerChain</c> does with its steps: a gated network gives pooled scratch memory back and stays
    /// usable, ONNX Runtime's session ends. A <c>PredictionEngine</c> disposes its model unless its options say that it does not own it.
    /// </summary>
    public void Dispose()
    {
        IsDisposed = true;
        First.Dispose();
        (Second as IDisposable)?.Dispose();
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        CascadeArchive.Save(ctx, this);
    }

    // Called by ML.NET through the loadable-class list.
    internal static CascadeTransformer Create(IHostEnvironment environment, ModelLoadContext context)
        => CascadeArchive.Load(environment, context);

    /// <summary>
    /// Both models as text, a gated network as its table and what is certified about it, and which answers the first one accepts.
    /// </summary>
    public override string ToString() => CascadeText.Of(this);

    private CascadeBinding Bind(DataViewSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        return CascadeBinding.Of(this, schema);
    }
}
