using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Tests.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Tests.Cascade;

/// <summary>Models for cascades: a network that refuses half of the rows, and second models that count their calls.</summary>
internal sealed class CascadeModels(MLContext context)
{
    public static NetworkSpec Spec { get; } = TestModels.Spec() with { Exits = [new ExitSpec(0, HeadKind.Pooled)] };

    private int _calls;

    /// <summary>Rows that a counting model was asked about.</summary>
    public int Calls => Volatile.Read(ref _calls);

    public void Reset() => Volatile.Write(ref _calls, 0);

    /// <summary>A network that accepts answers of at least a probability; null: about half of <see cref="Rows"/>.</summary>
    public GatedResNetTransformer First(float? threshold = null, ClassLabels? labels = null)
    {
        var model = TestModels.Model(Spec, 7, labels);
        return Refusing(new GatedResNetTransformer(context, model, TestModels.Columns), threshold);
    }

    /// <summary>The network that accepts answers of at least a probability; null: about half of <see cref="Rows"/>.</summary>
    public GatedResNetTransformer Refusing(GatedResNetTransformer network, float? threshold = null)
    {
        var refusal = new RefusalGuarantee
        {
            Threshold = threshold ?? Median(network), Rows = 100, Accepted = 50, MaximumRisk = 0.1, Confidence = 0.9, UpperBound = 0.1,
        };
        return new GatedResNetTransformer(
            new MLContext(1), network.Model.With(guarantee: null, refusal), network.Columns with { Accepted = "Accepted" });
    }

    /// <summary>Another network of the same classes.</summary>
    public GatedResNetTransformer Network(ClassLabels? labels = null, NetworkSpec? spec = null, ScoringColumns? columns = null)
        => new(context, TestModels.Model(spec ?? TestModels.Spec(gate: GateKind.FeedForwardI), 21, labels), columns ?? TestModels.Columns);

    /// <summary>Rows of which <see cref="First"/> refuses some.</summary>
    public IDataView Rows(int count = 60) => TestModels.View(context, TestModels.Rows(count));

    /// <summary>
    /// A model that counts the rows that it is asked about, with scores that are known: 3 for the class at the row's number modulo their
    /// number, 0 for the others, in the order of the given names.
    /// </summary>
    public ITransformer Counting(string[]? names = null, Action<Answers, int>? alter = null, string column = "Score")
    {
        names ??= TestModels.Names;
        var made = SchemaDefinition.Create(typeof(Answers));
        var score = made[nameof(Answers.Score)];
        (score.ColumnName, score.ColumnType) = (column, new VectorDataViewType(NumberDataViewType.Single, names.Length));
        score.AddAnnotation(
            "SlotNames", new VBuffer<ReadOnlyMemory<char>>(names.Length, [.. names.Select(name => name.AsMemory())]),
            new VectorDataViewType(TextDataViewType.Instance, names.Length));
        return context.Transforms.CustomMapping<Asked, Answers>(
            (row, answers) =>
            {
                Interlocked.Increment(ref _calls);
                answers.Score = Scores(row.Id, names.Length);
                alter?.Invoke(answers, row.Id);
            },
            contractName: null, outputSchemaDefinition: made).Fit(Rows(1));
    }

    public static float[] Scores(int id, int count) => [.. Enumerable.Range(0, count).Select(i => i == id % count ? 3f : 0f)];

    public List<CascadedRow> Read(IDataView data)
        => [.. context.Data.CreateEnumerable<CascadedRow>(data, reuseRowObject: false, ignoreMissingColumns: true)];

    private float Median(GatedResNetTransformer network)
    {
        var scores = TestModels.Read(context, network.Transform(Rows())).Select(row => row.Score.Max()).Order().ToArray();
        return scores[scores.Length / 2];
    }

    internal sealed class Asked
    {
        public int Id { get; set; }
    }

    internal sealed class Answers
    {
        public float[] Score { get; set; } = [];
    }
}

internal sealed class CascadedRow
{
    public int Id { get; set; }

    public float[] Score { get; set; } = [];

    public uint PredictedLabel { get; set; }

    public float[] ExecutionPath { get; set; } = [];

    public float ComputeFraction { get; set; }

    public bool Accepted { get; set; }

    public int Stage { get; set; }

    /// <summary>All scored values as one comparable text, bit by bit.</summary>
    public string Bits()
        => string.Join(",", Score.Concat(ExecutionPath).Append(ComputeFraction).Select(BitConverter.SingleToInt32Bits))
            + $"/{PredictedLabel}/{Accepted}/{Stage}";
}
