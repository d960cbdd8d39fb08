using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Evaluation;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Cascade;

/// <summary>The columns of the second model that a cascade reads, in the schema where they stand.</summary>
internal sealed class SecondOutputs
{
    private SecondOutputs(DataViewSchema.Column score, int[] order) => (Score, Order) = (score, order);

    public DataViewSchema.Column Score { get; }

    /// <summary>Index of the score for each class of the first model.</summary>
    public IReadOnlyList<int> Order { get; }

    /// <summary>Blocks that ran; null where the model does not say.</summary>
    public DataViewSchema.Column? Path { get; private init; }

    /// <summary>Share of its MACs; null where the model does not say what it costs.</summary>
    public DataViewSchema.Column? Fraction { get; private init; }

    /// <summary>Whether its answer is accepted; null where it refuses none.</summary>
    public DataViewSchema.Column? Accepted { get; private init; }

    /// <summary>Names of the blocks of <see cref="Path"/> in a cascade.</summary>
    public IReadOnlyList<string> BlockNames { get; private init; } = [];

    /// <summary>MACs of the whole model where there is <see cref="Fraction"/>.</summary>
    public long FullMacs { get; private init; }

    /// <summary>Finds the columns among those of a schema.</summary>
    /// <param name="cascade">Says what they are called.</param>
    /// <param name="schema">The schema.</param>
    /// <param name="isMade">Whether the second model has made a column, and not somebody before it.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no scores.</exception>
    /// <exception cref="ArgumentException">The scores are of other classes than the first model's.</exception>
    public static SecondOutputs Of(CascadeTransformer cascade, DataViewSchema schema, Func<DataViewSchema.Column, bool> isMade)
    {
        var names = Names(cascade);
        var scoreName = cascade.Options.SecondScoreColumnName ?? names.Score;
        var score = Find(scoreName) ?? throw SchemaErrors.Missing(
            "score", scoreName,
            $" among the columns that the second model of the cascade makes ({Made()}). Name it in CascadeOptions.SecondScoreColumnName");
        if (score.Type is not VectorDataViewType { IsKnownSize: true } vector || vector.ItemType != NumberDataViewType.Single)
        {
            throw SchemaErrors.Mismatch("score", scoreName, "Vector<Single> of known size", score.Type.ToString()!);
        }

        if (NamesOf(score)?.All(name => BlockName.Parse(name) is not null) ?? false)
        {
            throw SchemaErrors.Mismatch(
                "score", scoreName, "scores of classes", "the path of blocks that ran",
                ". Name another in CascadeOptions.SecondScoreColumnName");
        }

        var order = SecondClasses.Order(
            cascade.First.Model.Classes, score, Find(names.PredictedLabel), cascade.Options.SecondClassNames);
        var path = Find(names.ExecutionPath) is { } blocks && NamesOf(blocks) is { } found ? (Column: blocks, Names: found) : default;
        var fraction = Find(names.ComputeFraction) is { } share && share.Type == NumberDataViewType.Single
            && share.Annotations.Schema.GetColumnOrNull(OutputColumns.FullMacsKind) is not null
                ? share : default(DataViewSchema.Column?);
        long macs = 0;
        fraction?.Annotations.GetValue(OutputColumns.FullMacsKind, ref macs);
        return new SecondOutputs(score, order)
        {
            Path = path.Names is null ? null : path.Column,
            BlockNames = path.Names ?? [],
            Fraction = fraction,
            FullMacs = macs,
            Accepted = Find(names.Accepted) is { } accepted ? AcceptedColumn.Of(schema, accepted.Name) : null,
        };

        string Made()
        {
            string[] made = [.. schema.Where(column => !column.IsHidden && isMade(column)).Select(column => column.Name)];
            return made.Length == 0 ? "none" : ClassList.List(made);
        }

        DataViewSchema.Column? Find(string? name)
            => name is not null && schema.GetColumnOrNull(name) is { } column && isMade(column) ? column : null;
    }

    /// <summary>The second model's column of scores; null where it is not known before there are data.</summary>
    public static string? ScoreOf(ITransformer second) => second switch
    {
        GatedResNetTransformer network => network.Columns.Score,
        CascadeTransformer inner => inner.First.Columns.Score,
        _ => null,
    };

    private static ScoringColumns Names(CascadeTransformer cascade) => cascade.Second switch
    {
        GatedResNetTransformer network => network.Columns,
        CascadeTransformer inner => inner.First.Columns,
        _ => cascade.First.Columns,
    };

    private static string[]? NamesOf(DataViewSchema.Column path)
    {
        if (path.Type is not VectorDataViewType { IsKnownSize: true } vector || vector.ItemType != NumberDataViewType.Single
            || path.Annotations.Schema.GetColumnOrNull(AnnotationNames.SlotNames) is not { Type: VectorDataViewType slots }
            || slots.ItemType != TextDataViewType.Instance)
        {
            return null;
        }

        VBuffer<ReadOnlyMemory<char>> names = default;
        path.Annotations.GetValue(AnnotationNames.SlotNames, ref names);
        return [.. names.DenseValues().Select(name => BlockName.InSecond(name.ToString()))];
    }
}
