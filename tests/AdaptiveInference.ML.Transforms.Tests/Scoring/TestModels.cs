using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Tests.Inference;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Tests.Scoring;

/// <summary>Small random models and rows for tests of what surrounds the network.</summary>
internal static class TestModels
{
    public const int Side = 12;

    public static readonly string[] Names = ["bag", "boot", "coat", "dress"];

    public static ScoringColumns Columns { get; } = new("Features", "Score", "PredictedLabel", "ExecutionPath", "ComputeFraction");

    public static NetworkSpec Spec(NetworkKind network = NetworkKind.SkipNet, int channels = 1, GateKind gate = GateKind.Recurrent) => new()
    {
        Network = network,
        Architecture = ResNetArchitecture.Cifar(14),
        Gate = gate,
        Image = new ImageShape(channels, Side, Side),
        Classes = Names.Length,
    };

    public static GatedResNetModel Model(NetworkSpec spec, int seed = 7, ClassLabels? labels = null)
    {
        var network = new RandomNetwork(spec, seed);
        return new GatedResNetModel(
            network.Plan, network.Weights, network.Statistics, labels ?? ClassLabels.OfNames(Names),
            ScoringPolicy.Default with { Budget = spec.AnyBudget ? 0.5f : null });
    }

    public static GatedResNetTransformer Transformer(NetworkSpec? spec = null, MLContext? context = null, int seed = 7)
        => new(context ?? new MLContext(1), Model(spec ?? Spec(), seed), Columns);

    public static List<VectorRow> Rows(int count, int size = Side * Side, int seed = 3)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i => new VectorRow
        {
            Id = i,
            Label = Names[i % Names.Length],
            Features = Picture(random, size),
        })];
    }

    /// <summary>Rows whose labels are what the whole network answers in four of five, and another class in the others.</summary>
    public static List<VectorRow> Fitting(GatedResNetTransformer network, int count)
    {
        var rows = Rows(count);
        var answers = Read(new MLContext(1), network.WithGateThreshold(0).WithExitConfidence(1).Transform(View(new MLContext(1), rows)));
        foreach (var (row, answer) in rows.Zip(answers))
        {
            row.Label = Names[((int)answer.PredictedLabel - (row.Id % 5 == 0 ? 0 : 1)) % Names.Length];
        }

        return rows;
    }

    /// <summary>
    /// A bright bar on noise: pictures must differ in more than noise for gates, which pool over the whole picture, to differ.
    /// </summary>
    private static float[] Picture(Random random, int size)
    {
        int brightness = random.Next(20, 256), from = random.Next(size), length = random.Next(size);
        return [.. Enumerable.Range(0, size).Select(i => (float)(i >= from && i < from + length ? brightness : random.Next(20)))];
    }

    /// <summary>Rows as a data view with fixed-size vectors.</summary>
    public static IDataView View(MLContext context, IReadOnlyList<VectorRow> rows, params int[] dimensions)
    {
        int[] flat = [rows.Count == 0 ? Side * Side : rows[0].Features.Length];
        return context.Data.LoadFromEnumerable(rows, Schema(dimensions.Length > 0 ? dimensions : flat));
    }

    /// <summary>Schema of rows whose vectors have these dimensions.</summary>
    public static SchemaDefinition Schema(params int[] dimensions)
    {
        var schema = SchemaDefinition.Create(typeof(VectorRow));
        schema["Features"].ColumnType = new VectorDataViewType(
            NumberDataViewType.Single, dimensions.Length > 0 ? dimensions : [Side * Side]);
        return schema;
    }

    public static List<ScoredVectorRow> Read(MLContext context, IDataView data)
        => [.. context.Data.CreateEnumerable<ScoredVectorRow>(data, reuseRowObject: false)];
}

internal sealed class VectorRow
{
    public int Id { get; set; }

    public string Label { get; set; } = "";

    public float[] Features { get; set; } = [];
}

internal sealed class ScoredVectorRow
{
    public int Id { get; set; }

    public string Label { get; set; } = "";

    public float[] Score { get; set; } = [];

    public uint PredictedLabel { get; set; }

    public float[] ExecutionPath { get; set; } = [];

    public float ComputeFraction { get; set; }

    /// <summary>All scored values as one comparable text, bit by bit.</summary>
    public string Bits()
        => string.Join(",", Score.Concat(ExecutionPath).Append(ComputeFraction).Select(BitConverter.SingleToInt32Bits)) + PredictedLabel;
}
