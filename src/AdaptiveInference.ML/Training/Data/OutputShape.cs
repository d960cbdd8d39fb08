using AdaptiveInference.ML.Transforms.Images;
using AdaptiveInference.ML.Transforms.Interop;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Training.Data;

/// <summary>Checks the columns that training needs and promises those that scoring makes.</summary>
internal static class OutputShape
{
    /// <exception cref="ArgumentOutOfRangeException">The label or the feature column is missing or of a wrong type.</exception>
    public static SchemaShape Of(SchemaShape input, GatedResNetTrainerOptions options)
    {
        var label = Check(input, options);
        var columns = input.ToDictionary(column => column.Name);
        foreach (var column in Made(options, label))
        {
            columns[column.Name] = column;
        }

        return new SchemaShape(columns.Values);
    }

    /// <summary>Checks the columns that training needs.</summary>
    /// <returns>The label column.</returns>
    public static SchemaShape.Column Check(SchemaShape input, GatedResNetTrainerOptions options)
    {
        if (!SchemaShapes.TryFind(input, options.FeatureColumnName, out var feature))
        {
            throw SchemaErrors.Missing(SchemaErrors.FeatureRole, options.FeatureColumnName);
        }

        ImageColumn.CheckType(
            feature.Name, feature.ItemType, feature.Kind != SchemaShape.Column.VectorKind.Scalar, SchemaShapes.TypeOf(feature));
        if (!SchemaShapes.TryFind(input, options.LabelColumnName, out var label))
        {
            throw LabelColumn.NotFound(options.LabelColumnName);
        }

        LabelColumn.CheckShape(label, SchemaShapes.TypeOf(label));
        if (options.ValidationGroupColumnName is { } groups)
        {
            if (!SchemaShapes.TryFind(input, groups, out var column))
            {
                throw GroupColumn.NotFound(groups);
            }

            GroupColumn.CheckShape(column, SchemaShapes.TypeOf(column));
        }

        return label;
    }

    private static IEnumerable<SchemaShape.Column> Made(GatedResNetTrainerOptions options, SchemaShape.Column label)
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

        yield return SchemaShapes.Vector(options.ScoreColumnName, NumberDataViewType.Single, new SchemaShape(score));
        yield return SchemaShapes.Scalar(options.PredictedLabelColumnName, label.ItemType, isKey: true, new SchemaShape(predicted));
        if (options.ExecutionPathColumnName is { } path)
        {
            var names = SchemaShapes.Vector(AnnotationNames.SlotNames, TextDataViewType.Instance);
            yield return SchemaShapes.Vector(path, NumberDataViewType.Single, new SchemaShape([names]));
        }

        if (options.ComputeFractionColumnName is { } fraction)
        {
            var full = SchemaShapes.Scalar(OutputColumns.FullMacsKind, NumberDataViewType.Int64);
            yield return SchemaShapes.Scalar(fraction, NumberDataViewType.Single, annotations: new SchemaShape([full]));
        }
    }
}
