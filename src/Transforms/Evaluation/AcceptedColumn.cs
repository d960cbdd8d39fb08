using AdaptiveInference.ML.Transforms.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Evaluation;

/// <summary>The column of accepted answers among scored rows.</summary>
internal static class AcceptedColumn
{
    /// <summary>Finds the column that <see cref="GatedResNetTransformer.WithRefusal"/> adds; another column of its name is none.</summary>
    public static DataViewSchema.Column? Of(DataViewSchema schema, string name)
        => schema.GetColumnOrNull(name) is { } column && column.Type == BooleanDataViewType.Instance
            && column.Annotations.Schema.GetColumnOrNull(OutputColumns.MaximumRiskKind) is not null
                ? column : null;

    /// <summary>
    /// Makes the function that tells whether the current row's answer is accepted; every one is where there is no column.
    /// </summary>
    public static Func<bool> Bind(DataViewRow row, DataViewSchema.Column? column)
    {
        if (column is not { } accepted)
        {
            return () => true;
        }

        var getter = row.GetGetter<bool>(accepted);
        return () =>
        {
            var value = false;
            getter(ref value);
            return value;
        };
    }
}
