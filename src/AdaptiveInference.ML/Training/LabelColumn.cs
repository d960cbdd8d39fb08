using AdaptiveInference.ML.Transforms.Images;
using AdaptiveInference.ML.Transforms.Persistence;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Training;

/// <summary>Reads the class of each row from a key column.</summary>
internal sealed class LabelColumn
{
    /// <summary>Class of a row whose key is missing.</summary>
    public const int Missing = KeyReader.Missing;

    private const string Role = "label";
    private const string Expected = "Key<UInt32>";

    private LabelColumn(DataViewSchema.Column column, KeyDataViewType type)
    {
        Column = column;
        Classes = checked((int)type.Count);
    }

    public DataViewSchema.Column Column { get; }

    public int Classes { get; }

    /// <summary>Finds the column.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or no key.</exception>
    /// <exception cref="ArgumentException">The key has fewer than two values, or too many.</exception>
    public static LabelColumn Of(DataViewSchema schema, string name)
    {
        if (schema.GetColumnOrNull(name) is not { } column)
        {
            throw SchemaErrors.Missing(Role, name);
        }

        if (column.Type is not KeyDataViewType key)
        {
            throw SchemaErrors.Mismatch(Role, name, Expected, column.Type.ToString()!);
        }

        if (key.Count < 2)
        {
            throw new ArgumentException(
                $"Label column '{name}' must have at least two classes, got {key.Count}. Train on data of two or more classes.");
        }

        return key.Count <= Transforms.Architectures.NetworkSpec.MaximumClasses
            ? new LabelColumn(column, key)
            : throw new ArgumentException(
                $"Label column '{name}' must have at most {Transforms.Architectures.NetworkSpec.MaximumClasses} classes, got {key.Count}. "
                + "Is it the right column?");
    }

    /// <summary>Whether a column of this shape can be a label column; how many classes it has is known only with the data.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It cannot.</exception>
    public static void CheckShape(SchemaShape.Column column, string typeText)
    {
        if (!column.IsKey || column.Kind != SchemaShape.Column.VectorKind.Scalar)
        {
            throw SchemaErrors.Mismatch(Role, column.Name, Expected, typeText);
        }
    }

    public static ArgumentOutOfRangeException NotFound(string name) => SchemaErrors.Missing(Role, name);

    /// <summary>Makes the function that gives the current row's class from 0, or <see cref="Missing"/>.</summary>
    public Func<int> Bind(DataViewRow row) => KeyReader.Bind(row, Column);
}
