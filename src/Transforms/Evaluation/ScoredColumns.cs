using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Evaluation;

/// <summary>The columns of scored rows that say what they cost, and what their annotations tell about the network.</summary>
/// <param name="Label">Key column of true labels.</param>
/// <param name="Score">Class probabilities.</param>
/// <param name="Path">Blocks that ran.</param>
/// <param name="Fraction">Share of the full network's MACs.</param>
/// <param name="Classes">The network's classes.</param>
/// <param name="Order">Where each class of the label column stands among the network's.</param>
/// <param name="BlockNames">Names of the blocks in order.</param>
/// <param name="FullMacs">MACs of one image with every block run.</param>
internal sealed record ScoredColumns(
    DataViewSchema.Column Label,
    DataViewSchema.Column Score,
    DataViewSchema.Column Path,
    DataViewSchema.Column Fraction,
    ClassLabels Classes,
    ClassOrder Order,
    IReadOnlyList<string> BlockNames,
    long FullMacs)
{
    private const string NotScored = ". Score the rows first: model.Transform(data)";

    /// <summary>Whether the answer is accepted; null where no answer is refused.</summary>
    public DataViewSchema.Column? Accepted { get; init; }

    /// <summary>Names of the network's classes in the order of its probabilities.</summary>
    public IReadOnlyList<string> ClassNames => Classes.Names;

    /// <summary>Finds the columns.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of a wrong type.</exception>
    /// <exception cref="ArgumentException">The labels are predictions, or of other classes than the network's.</exception>
    public static ScoredColumns Of(
        DataViewSchema schema, string labelName, string scoreName, string pathName, string fractionName, string parameter)
    {
        var labelRole = new ColumnRole("label", "labelColumnName", parameter);
        var label = Find(schema, labelRole, labelName);
        var path = FindScored(schema, "execution path", pathName, scoreName, "ExecutionPathColumnName", parameter);
        var fraction = FindScored(
            schema, "compute fraction", fractionName, scoreName, "ComputeFractionColumnName", parameter);
        var score = schema.GetColumnOrNull(scoreName) ?? throw SchemaErrors.Missing("score", scoreName, NotScored, parameter);
        if (label.Type is not KeyDataViewType)
        {
            throw SchemaErrors.NoKey(labelRole, labelName, label.Type.ToString()!);
        }

        if (path.Type is not VectorDataViewType { IsKnownSize: true } vector || vector.ItemType != NumberDataViewType.Single)
        {
            throw SchemaErrors.Mismatch("execution path", pathName, "Vector<Single>", path.Type.ToString()!, parameter: parameter);
        }

        if (fraction.Annotations.Schema.GetColumnOrNull(OutputColumns.FullMacsKind) is null)
        {
            throw SchemaErrors.Mismatch(
                "compute fraction", fractionName, "a column made by GatedResNetTransformer", fraction.Type.ToString()!,
                parameter: parameter);
        }

        if (score.Type is not VectorDataViewType { IsKnownSize: true } scores || scores.ItemType != NumberDataViewType.Single)
        {
            throw SchemaErrors.Mismatch("score", scoreName, "Vector<Single>", score.Type.ToString()!, parameter: parameter);
        }

        if (OutputColumns.SetIdOf(label) is { } id && id == OutputColumns.SetIdOf(score))
        {
            throw new ArgumentException(
                $"Label column '{labelName}' holds the answers of the model that made '{scoreName}', and would be compared with itself. "
                + "Name the column of the true labels.");
        }

        long fullMacs = 0;
        fraction.Annotations.GetValue(OutputColumns.FullMacsKind, ref fullMacs);
        VBuffer<ReadOnlyMemory<char>> blockNames = default;
        path.Annotations.GetValue(AnnotationNames.SlotNames, ref blockNames);
        var (classes, order) = Compare(label, score);
        return new ScoredColumns(
            label, score, path, fraction, classes, order, [.. blockNames.DenseValues().Select(name => name.ToString())], fullMacs);
    }

    /// <exception cref="ArgumentOutOfRangeException">There is no such column.</exception>
    public static DataViewSchema.Column Find(DataViewSchema schema, ColumnRole role, string name)
        => schema.GetColumnOrNull(name) ?? throw SchemaErrors.Missing(role, name, SchemaErrors.NamesOf(schema));

    private static DataViewSchema.Column FindScored(DataViewSchema schema, string role, string name, string scoreName, string option,
        string parameter)
        => schema.GetColumnOrNull(name) ?? throw SchemaErrors.Missing(
            role, name,
            schema.GetColumnOrNull(scoreName) is null
                ? NotScored
                : $". The rows are scored, since there is a column '{scoreName}', but by a model whose options leave this column out "
                    + $"({option} is null) or name it otherwise, or by one of another kind. Make the model with {option} = \"{name}\"",
            parameter);

    /// <summary>
    /// Makes the function that gives the current row's class as the network counts it; negative where there is none that it knows.
    /// </summary>
    public Func<int> BindLabel(DataViewRow row)
    {
        var key = KeyReader.Bind(row, Label);
        return () => Order[key()];
    }

    private static (ClassLabels Classes, ClassOrder Order) Compare(DataViewSchema.Column label, DataViewSchema.Column score)
    {
        var (given, known) = (ClassLabels.OfColumn(label), ClassLabels.OfScores(score));
        var order = ClassOrder.Of(given, known);
        if (order.Twice is { } twice)
        {
            throw new ArgumentException(
                $"Class '{twice}' stands twice in label column '{label.Name}' or in the model, and the two count their classes in "
                + "different orders. Give each class a name of its own.");
        }

        if (!order.HasAny)
        {
            var (got, expected) = ClassList.Compare(given, known);
            throw new ArgumentException(
                $"Label column '{label.Name}' must have classes that the model knows ({expected}), got {got}. Map labels to the key "
                + "values of the "
                + "training data.");
        }

        // A model trained on bare numbers takes the names of labels that stand for them.
        return (known.ValueTexts is null && given.Count == known.Count ? given : known, order);
    }
}
