using AdaptiveInference.ML.Transforms.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Cascade;

/// <summary>
/// A cascade bound to one input schema. Rows come from the first network, which hands the input's columns on; the second model's values
/// come from the same rows, where a network has scored them beside the first, or are computed of them when they are asked for.
/// </summary>
internal sealed class CascadeBinding
{
    private readonly ScoringBinding _alone;
    private readonly ScoringBinding? _pair;

    private CascadeBinding(
        CascadeTransformer cascade, ScoringBinding alone, ScoringBinding? pair, IRowToRowMapper? mapper, SecondOutputs second)
    {
        (_alone, _pair, Mapper, Second, Cascade) = (alone, pair, mapper, second, cascade);
        if (InputSchema.GetColumnOrNull(cascade.Options.StageColumnName) is { } hidden && hidden.Type != NumberDataViewType.Int32)
        {
            throw new ArgumentException(
                $"The data has a column '{hidden.Name}' of type {hidden.Type}, which the column of the stage would hide. Choose another "
                + "name in CascadeOptions.StageColumnName.");
        }

        Columns = new CascadeColumns(cascade, alone.OutputSchema, second);
        OutputSchema = Columns.AppendTo(InputSchema);
    }

    public DataViewSchema InputSchema => _alone.InputSchema;

    public DataViewSchema OutputSchema { get; }

    /// <summary>What the second model makes: in <see cref="Mapper"/>'s rows, or in the first network's where there is no mapper.</summary>
    public SecondOutputs Second { get; }

    public IRowToRowMapper? Mapper { get; }

    public CascadeTransformer Cascade { get; }

    public CascadeColumns Columns { get; }

    /// <exception cref="ArgumentException">The second model has other classes than the first, or does not name them.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of a wrong type.</exception>
    public static CascadeBinding Of(CascadeTransformer cascade, DataViewSchema input)
    {
        var (first, alone) = (cascade.First, cascade.First.Bind(input));
        if (cascade.Second is GatedResNetTransformer network && network.Columns.Features == first.Columns.Features)
        {
            // One reading of the image serves both, and both look ahead together.
            var pair = first.Bind(input, new PairColumns(first.Outputs, network.Outputs), network.Bind(input).Scorer);
            var own = SecondOutputs.Of(cascade, pair.OutputSchema, column => column.Index >= alone.OutputSchema.Count);
            return new CascadeBinding(cascade, alone, pair, mapper: null, own);
        }

        var mapper = MapperOf(cascade.Second, input);
        var second = SecondOutputs.Of(cascade, mapper.OutputSchema, column => !IsHandedOn(column, input));
        return new CascadeBinding(cascade, alone, pair: null, mapper, second);
    }

    private static IRowToRowMapper MapperOf(ITransformer second, DataViewSchema input)
    {
        try
        {
            return second.GetRowToRowMapper(input);
        }
        catch (InvalidOperationException error)
        {
            throw new InvalidOperationException(
                $"The second model of the cascade cannot read the columns that the cascade is given: {error.Message.TrimEnd('.')}. It must "
                + "not repeat steps that were done before, such as MapValueToKey: AdaptiveNetwork() takes the network out of a pipeline.",
                error);
        }
    }

    /// <summary>Whether a column of the output schema is one that the cascade makes.</summary>
    public bool IsMade(DataViewSchema.Column column) => column.Index >= InputSchema.Count;

    /// <summary>What scores rows of which these columns are wanted: both networks, or the first alone.</summary>
    public ScoringBinding RowsFor(IReadOnlyCollection<DataViewSchema.Column> columns)
        => _pair is not null && SecondColumns(columns).Any() ? _pair : _alone;

    /// <summary>The second model's columns that are needed to make these.</summary>
    public IEnumerable<DataViewSchema.Column> SecondColumns(IEnumerable<DataViewSchema.Column> columns)
        => columns.Where(IsMade).Select(column => Columns[column.Index - InputSchema.Count].Second).OfType<DataViewSchema.Column>()
            .DistinctBy(column => column.Index);

    /// <summary>The columns that are needed of the rows of <see cref="RowsFor"/>.</summary>
    public IReadOnlyList<DataViewSchema.Column> RowColumns(IReadOnlyCollection<DataViewSchema.Column> columns)
    {
        var (schema, needed) = (RowsFor(columns).OutputSchema, new SortedSet<int>());
        foreach (var column in columns)
        {
            if (IsMade(column))
            {
                needed.Add(Columns.FirstAccepted.Index);
                needed.Add(Columns[column.Index - InputSchema.Count].First.Index);
            }
            else
            {
                needed.Add(column.Index);
            }
        }

        var second = SecondColumns(columns).ToArray();
        needed.UnionWith((Mapper is null || second.Length == 0 ? second : Mapper.GetDependencies(second)).Select(column => column.Index));
        return [.. needed.Select(index => schema[index])];
    }

    // A column that the model has not touched has the annotations that it had.
    private static bool IsHandedOn(DataViewSchema.Column column, DataViewSchema input)
        => column.Index < input.Count && input.GetColumnOrNull(column.Name) is { } before
            && ReferenceEquals(before.Annotations, column.Annotations) && before.Type.Equals(column.Type);
}
