using AdaptiveInference.ML.Transforms.Images;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Model;
using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Scoring;

/// <summary>A transformer bound to one input schema: what data view, cursors, rows and mapper share.</summary>
internal sealed class ScoringBinding
{
    public ScoringBinding(
        PlanSource plan,
        GatedResNetModel model,
        string features,
        IResultColumns outputs,
        DataViewSchema input,
        DriftMonitor? monitor = null,
        RowScorer? second = null,
        MeasuredTimeLimits? limits = null)
    {
        var images = ImageColumn.ForModel(input, features, model);
        images.CheckScale(model.Channels);
        InputSchema = input;
        Outputs = outputs;
        Scorer = new RowScorer(
            plan, model.Policy, images, outputs.AreFeatures, model.Refusal, model.Distances, monitor, NetworkNames.Telemetry(model))
        {
            Second = second,
            Limits = limits,
        };
        OutputSchema = outputs.AppendTo(input);
    }

    public DataViewSchema InputSchema { get; }

    public DataViewSchema OutputSchema { get; }

    public IResultColumns Outputs { get; }

    public RowScorer Scorer { get; }

    /// <summary>Whether a column of the output schema is one that scoring makes.</summary>
    public bool IsScored(DataViewSchema.Column column) => column.Index >= InputSchema.Count;

    /// <summary>The input columns that are needed to make output columns.</summary>
    public IEnumerable<DataViewSchema.Column> InputsOf(IEnumerable<DataViewSchema.Column> columns)
    {
        var needed = new SortedSet<int>();
        foreach (var column in columns)
        {
            needed.Add(IsScored(column) ? Scorer.Images.Column.Index : column.Index);
        }

        return needed.Select(index => InputSchema[index]);
    }

    /// <summary>Which columns of a schema are asked for.</summary>
    public static bool[] ActiveOf(DataViewSchema schema, IEnumerable<DataViewSchema.Column> columns)
    {
        var active = new bool[schema.Count];
        foreach (var column in columns)
        {
            active[column.Index] = true;
        }

        return active;
    }

    /// <summary>Checks a column against the ones that are asked for.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of them.</exception>
    public static void CheckActive(DataViewSchema.Column column, bool[] active)
    {
        if (column.Index >= active.Length || !active[column.Index])
        {
            throw new ArgumentOutOfRangeException(nameof(column), $"Column '{column.Name}' is not active in this row.");
        }
    }

    /// <summary>The getter as the type that the caller asks for.</summary>
    /// <exception cref="InvalidOperationException">The column has another type.</exception>
    public static ValueGetter<T> Typed<T>(Delegate getter, DataViewSchema.Column column)
        => getter as ValueGetter<T>
           ?? throw new InvalidOperationException($"Column '{column.Name}' is of type {column.Type.RawType}, not {typeof(T)}.");
}
