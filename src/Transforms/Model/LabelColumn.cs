using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Model;

/// <summary>Reads the class of each row from a key column.</summary>
internal sealed class LabelColumn
{
    /// <summary>Class of a row whose key is missing.</summary>
    public const int Missing = KeyReader.Missing;

    /// <summary>Class of a row whose key stands for none of the classes that are trained.</summary>
    public const int Unknown = ClassOrder.Unknown;

    private readonly ClassOrder? _order;

    private LabelColumn(DataViewSchema.Column column, ClassOrder? order = null)
    {
        Column = column;
        Labels = ClassLabels.OfColumn(column);
        _order = order;
    }

    public DataViewSchema.Column Column { get; }

    /// <summary>The classes that the keys stand for.</summary>
    public ClassLabels Labels { get; }

    public int Classes => Labels.Count;

    /// <summary>Whether keys were taken for classes by their position, for want of names.</summary>
    public bool IsByPosition => _order?.IsByPosition ?? false;

    /// <summary>Names of the classes that are not trained.</summary>
    public IReadOnlyList<string> Untrained => _order?.Lacking ?? [];

    /// <summary>Finds the column.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or no key.</exception>
    /// <exception cref="ArgumentException">The key has too many values.</exception>
    private static LabelColumn Of(DataViewSchema schema, string name, ColumnRole role)
    {
        if (schema.GetColumnOrNull(name) is not { } column)
        {
            throw SchemaErrors.Missing(role, name, SchemaErrors.NamesOf(schema));
        }

        if (column.Type is not KeyDataViewType)
        {
            throw SchemaErrors.NoKey(role, name, column.Type.ToString()!);
        }

        return new LabelColumn(column);
    }

    /// <summary>Finds the column of the training data, whose classes are those of the network.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or no key.</exception>
    /// <exception cref="ArgumentException">The key has fewer than two values, or too many, or there are no rows with a label.</exception>
    public static LabelColumn OfTraining(IDataView data, string name)
    {
        var label = Of(data.Schema, name, ColumnRole.Label);
        if (label.Classes >= 2)
        {
            return label;
        }

        // A key that was made of no values at all claims to have one.
        throw label.RowsWhenNoneHasALabel(data) is { } rows
            ? NoRows(rows)
            : new ArgumentException(
                $"Label column '{name}' must have at least two classes, got {label.Classes}. Train on data of two or more classes.");
    }

    /// <summary>Finds the column of the validation set, whose keys may count the classes of the training data in another order.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or no key.</exception>
    /// <exception cref="ArgumentException">It has no class of the training data, or one of them twice.</exception>
    public static LabelColumn OfValidation(IDataView data, string name, ClassLabels trained)
        => Of(data, name, trained, "the validation set", ColumnRole.Label);

    /// <summary>Finds the column of calibration data, whose keys may count the network's classes in another order.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or no key.</exception>
    /// <exception cref="ArgumentException">It has no class of the network, or one of them twice.</exception>
    public static LabelColumn OfCalibration(IDataView data, string name, ClassLabels trained, ColumnRole? role = null)
        => Of(data, name, trained, "the calibration data", role ?? ColumnRole.CalibrationLabel);

    private static LabelColumn Of(IDataView data, string name, ClassLabels trained, string what, ColumnRole role)
    {
        var label = Of(data.Schema, name, role);
        var order = ClassOrder.Of(label.Labels, trained);
        if (order.Twice is { } twice)
        {
            throw new ArgumentException(
                $"Class '{twice}' stands twice in label column '{name}' of the training data or of {what}, and the two count "
                + "their classes in different orders. Map both with the same MapValueToKey transformer.");
        }

        if (order.HasAny)
        {
            return new LabelColumn(label.Column, order);
        }

        if (label.Classes == 1 && label.RowsWhenNoneHasALabel(data) is not null)
        {
            throw new ArgumentException($"There are no rows with a label in column '{name}' of {what}. Give it some.");
        }

        var (got, expected) = ClassList.Compare(label.Labels, trained);
        throw new ArgumentException(
            $"Label column '{name}' of {what} must have classes of the training data ({expected}), got {got}. Map both with "
            + "the same MapValueToKey transformer.");
    }

    /// <summary>Checks that there is something to learn from the rows that were read.</summary>
    /// <param name="classes">Class of each row that has one.</param>
    /// <param name="skippedRows">Rows whose label is missing.</param>
    /// <exception cref="ArgumentException">There are no rows, or those of one class alone.</exception>
    public void CheckRows(IReadOnlyList<int> classes, long skippedRows)
    {
        if (classes.Count == 0)
        {
            throw NoRows(skippedRows);
        }

        if (classes.All(value => value == classes[0]))
        {
            throw new ArgumentException(
                $"Label column '{Column.Name}' must have rows of at least two classes, got {classes.Count} rows all of key "
                + $"{classes[0] + 1}.");
        }
    }

    /// <summary>What is said of classes that the key counts and no row has; null when there are none.</summary>
    /// <param name="classes">All classes.</param>
    /// <param name="rows">Class of each row that is learnt from.</param>
    public static string? WithoutRows(ClassLabels classes, IEnumerable<int> rows)
    {
        var seen = rows.ToHashSet();
        var lacking = classes.Names.Where((_, number) => !seen.Contains(number)).ToArray();
        return lacking.Length == 0
            ? null
            : $"No row of the training data is of class {ClassList.Few(lacking)}, which the label's key counts among its classes: the "
                + "model cannot learn to answer so. Give rows of all classes, or fit MapValueToKey on the training data alone.";
    }

    private static ArgumentException NoRows(long skippedRows) => new(
        skippedRows == 0
            ? "The training data has no rows."
            : $"The training data has no rows to train on: the label is missing in all {skippedRows} of them.");

    private long? RowsWhenNoneHasALabel(IDataView data)
    {
        using var cursor = data.GetRowCursor([Column]);
        var (classOf, rows) = (Bind(cursor), 0L);
        for (; cursor.MoveNext(); rows++)
        {
            if (classOf() >= 0)
            {
                return null;
            }
        }

        return rows;
    }

    /// <summary>Whether a column of this shape can be a label column; how many classes it has is known only with the data.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It cannot.</exception>
    public static void CheckShape(SchemaShape.Column column, string typeText)
    {
        if (!column.IsKey || column.Kind != SchemaShape.Column.VectorKind.Scalar)
        {
            throw SchemaErrors.NoKey(ColumnRole.Label, column.Name, typeText);
        }
    }

    /// <summary>Makes the function that gives the current row's class from 0, or <see cref="Missing"/> or <see cref="Unknown"/>.</summary>
    public Func<int> Bind(DataViewRow row)
    {
        var key = KeyReader.Bind(row, Column);
        return _order is { } order ? () => order[key()] : key;
    }
}
