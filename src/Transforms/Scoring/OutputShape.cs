using AdaptiveInference.ML.Transforms.Images;
using AdaptiveInference.ML.Transforms.Interop;
using AdaptiveInference.ML.Transforms.Model;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Scoring;

/// <summary>Checks the columns that training needs and promises those that scoring makes.</summary>
internal static class OutputShape
{
    /// <exception cref="ArgumentOutOfRangeException">The label, the feature or the group column is missing or of a wrong type.</exception>
    public static SchemaShape Of(SchemaShape input, ScoringColumns made, string labelColumn, string? groupColumn)
    {
        var label = Check(input, made.Features, labelColumn, groupColumn);
        var columns = input.ToDictionary(column => column.Name);
        foreach (var column in Made(made, label))
        {
            columns[column.Name] = column;
        }

        return new SchemaShape(columns.Values);
    }

    /// <summary>Checks the columns that training needs.</summary>
    /// <returns>The label column.</returns>
    public static SchemaShape.Column Check(SchemaShape input, string featureColumn, string labelColumn, string? groupColumn)
    {
        if (!SchemaShapes.TryFind(input, featureColumn, out var feature))
        {
            throw SchemaErrors.MissingFeature(featureColumn, input.Select(column => column.Name));
        }

        ImageColumn.CheckType(
            feature.Name, feature.ItemType, feature.Kind != SchemaShape.Column.VectorKind.Scalar, SchemaShapes.TypeOf(feature));
        if (!SchemaShapes.TryFind(input, labelColumn, out var label))
        {
            throw SchemaErrors.Missing(ColumnRole.Label, labelColumn, input.Select(column => column.Name));
        }

        LabelColumn.CheckShape(label, SchemaShapes.TypeOf(label));
        if (groupColumn is { } groups)
        {
            if (!SchemaShapes.TryFind(input, groups, out var column))
            {
                throw SchemaErrors.Missing(ColumnRole.ValidationGroup, groups, input.Select(one => one.Name));
            }

            GroupColumn.CheckShape(column, SchemaShapes.TypeOf(column));
        }

        return label;
    }

    private static IEnumerable<SchemaShape.Column> Made(ScoringColumns made, SchemaShape.Column label)
    {
        SchemaShape.Column[] kinds =
        [
            SchemaShapes.Scalar(AnnotationNames.ScoreColumnSetId, NumberDataViewType.UInt32, isKey: true),
            SchemaShapes.Scalar(AnnotationNames.ScoreColumnKind, TextDataViewType.Instance),
            SchemaShapes.Scalar(AnnotationNames.ScoreValueKind, TextDataViewType.Instance),
        ];
        SchemaShape.Column[] predicted = kinds;
        SchemaShape.Column[] score = [SchemaShapes.Vector(AnnotationNames.SlotNames, TextDataViewType.Instance), .. kinds];
        if (SchemaShapes.TryFind(label.Annotations, AnnotationNames.KeyValues, out var values))
        {
            predicted = [SchemaShapes.Vector(AnnotationNames.KeyValues, values.ItemType), .. predicted];
            score = [SchemaShapes.Vector(AnnotationNames.TrainingLabelValues, values.ItemType), .. score];
        }

        yield return SchemaShapes.Vector(made.Score, NumberDataViewType.Single, new SchemaShape(score));
        yield return SchemaShapes.Scalar(made.PredictedLabel, label.ItemType, isKey: true, new SchemaShape(predicted));
        if (made.ExecutionPath is { } path)
        {
            var names = SchemaShapes.Vector(AnnotationNames.SlotNames, TextDataViewType.Instance);
            yield return SchemaShapes.Vector(path, NumberDataViewType.Single, new SchemaShape([names]));
        }

        if (made.ComputeFraction is { } fraction)
        {
            var full = SchemaShapes.Scalar(OutputColumns.FullMacsKind, NumberDataViewType.Int64);
            yield return SchemaShapes.Scalar(fraction, NumberDataViewType.Single, annotations: new SchemaShape([full]));
        }
    }
}
