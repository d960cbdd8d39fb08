using AdaptiveInference.ML.Transforms.Images;
using AdaptiveInference.ML.Transforms.Persistence;
using AdaptiveInference.ML.Transforms.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Evaluation;

/// <summary>The columns of scored rows that say what they cost, and what their annotations tell about the network.</summary>
/// <param name="Label">Key column of true labels.</param>
/// <param name="Path">Blocks that ran.</param>
/// <param name="Fraction">Share of the full network's MACs.</param>
/// <param name="ClassNames">Names of the classes in key order.</param>
/// <param name="BlockNames">Names of the blocks in order.</param>
/// <param name="FullMacs">MACs of one image with every block run.</param>
internal sealed record ScoredColumns(
    DataViewSchema.Column Label,
    DataViewSchema.Column Path,
    DataViewSchema.Column Fraction,
    IReadOnlyList<string> ClassNames,
    IReadOnlyList<string> BlockNames,
    long FullMacs)
{
    /// <summary>Finds the columns.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of a wrong type.</exception>
    public static ScoredColumns Of(DataViewSchema schema, string labelName, string pathName, string fractionName)
    {
        var label = Find(schema, "label", labelName);
        var path = Find(schema, "execution path", pathName);
        var fraction = Find(schema, "compute fraction", fractionName);
        if (label.Type is not KeyDataViewType)
        {
            throw SchemaErrors.Mismatch("label", labelName, "Key<UInt32>", label.Type.ToString()!);
        }

        if (path.Type is not VectorDataViewType { IsKnownSize: true } vector || vector.ItemType != NumberDataViewType.Single)
        {
            throw SchemaErrors.Mismatch("execution path", pathName, "Vector<Single>", path.Type.ToString()!);
        }

        if (fraction.Annotations.Schema.GetColumnOrNull(OutputColumns.FullMacsKind) is null)
        {
            throw SchemaErrors.Mismatch(
                "compute fraction", fractionName, "a column made by GatedResNetTransformer", fraction.Type.ToString()!);
        }

        long fullMacs = 0;
        fraction.Annotations.GetValue(OutputColumns.FullMacsKind, ref fullMacs);
        VBuffer<ReadOnlyMemory<char>> blockNames = default;
        path.Annotations.GetValue(AnnotationNames.SlotNames, ref blockNames);
        return new ScoredColumns(
            label, path, fraction, ClassLabels.OfColumn(label).Names,
            [.. blockNames.DenseValues().Select(name => name.ToString())], fullMacs);
    }

    /// <exception cref="ArgumentOutOfRangeException">There is no such column.</exception>
    public static DataViewSchema.Column Find(DataViewSchema schema, string role, string name)
        => schema.GetColumnOrNull(name) ?? throw SchemaErrors.Missing(role, name);
}
