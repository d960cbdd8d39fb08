using AdaptiveInference.ML.Transforms.Evaluation;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Reports.Data;

/// <summary>Reads scored rows once, one after another.</summary>
internal static class RowReader
{
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of a wrong type.</exception>
    /// <exception cref="ArgumentException">There are no rows with labels, or what one has cost is not known.</exception>
    public static RowSummary Read(IDataView scored, AdaptiveReportOptions options)
    {
        var schema = scored.Schema;
        var columns = ScoredColumns.Of(
            schema, options.LabelColumnName, options.ScoreColumnName, options.ExecutionPathColumnName, options.ComputeFractionColumnName,
            nameof(scored));
        var pictures = PictureColumn.Of(schema, options);
        DataViewSchema.Column[] needed = [columns.Label, columns.Path, columns.Fraction, columns.Score];
        var accepted = schema.Select(column => AcceptedColumn.Of(schema, column.Name)).LastOrDefault(column => column is not null);
        DataViewSchema.Column?[] others = [pictures?.Column, accepted];
        using var cursor = scored.GetRowCursor([.. needed, .. others.OfType<DataViewSchema.Column>()]);
        var isAccepted = AcceptedColumn.Bind(cursor, accepted);
        var labelOf = columns.BindLabel(cursor);
        var pathGetter = cursor.GetGetter<VBuffer<float>>(columns.Path);
        var fractionGetter = cursor.GetGetter<float>(columns.Fraction);
        var scoreGetter = cursor.GetGetter<VBuffer<float>>(columns.Score);
        var picture = pictures?.Bind(cursor) ?? (() => null);
        var summary = new RowSummary(columns);
        VBuffer<float> path = default, scores = default;
        var probabilities = new float[columns.ClassNames.Count];
        var ran = new bool[columns.BlockNames.Count];
        while (cursor.MoveNext())
        {
            float fraction = 0;
            fractionGetter(ref fraction);
            if (float.IsNaN(fraction))
            {
                throw new ArgumentException(
                    $"What row {cursor.Position} cost is not known: the second model of a cascade answered it, and makes no column "
                    + $"'{columns.Fraction.Name}'. A report is about what images cost; EvaluateAdaptive tells the rest.", nameof(scored));
            }

            pathGetter(ref path);
            scoreGetter(ref scores);
            scores.CopyTo(probabilities);
            PathStatistics.Read(path, ran);
            var label = labelOf();
            var answer = ScoredAnswer.Of(probabilities);
            if (answer == ScoredAnswer.None)
            {
                throw new ArgumentException(
                    $"Row {cursor.Position} has no answer: a score in column '{columns.Score.Name}' is NaN. A report is about answers; "
                    + "EvaluateAdaptive counts such rows, as answered wrongly.", nameof(scored));
            }

            summary.Add(
                new ScoredValues(label, answer, label < 0 ? 0 : probabilities[label], fraction, ran)
                {
                    Probability = probabilities[answer],
                    IsAccepted = accepted is null ? null : isAccepted(),
                },
                picture);
        }

        return summary.Labelled > 0
            ? summary
            : throw new ArgumentException("There are no rows with a label to report on.", nameof(scored));
    }
}
