using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Model;

/// <summary>
/// Reads what rows belong together from a column of text, keys or numbers: rows of one group are of one object or one source.
/// </summary>
internal sealed class GroupColumn
{
    private const string Role = "group";
    private const string Expected = "String, Key, a whole number or Boolean";

    private GroupColumn(DataViewSchema.Column column) => Column = column;

    public DataViewSchema.Column Column { get; }

    /// <summary>Finds the column.</summary>
    /// <returns>Null where no column is named.</returns>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or of another type.</exception>
    public static GroupColumn? Of(DataViewSchema schema, string? name)
        => name is null ? null
            : schema.GetColumnOrNull(name) is not { } column ? throw SchemaErrors.Missing(Role, name)
            : Reader(column.Type) is null ? throw SchemaErrors.Mismatch(Role, name, Expected, column.Type.ToString()!)
            : new GroupColumn(column);

    /// <summary>Makes the function that gives the current row's group; null when the row does not say.</summary>
    public Func<string?> Bind(DataViewRow row) => Reader(Column.Type)!(row, Column);

    private static Func<DataViewRow, DataViewSchema.Column, Func<string?>>? Reader(DataViewType type) => type switch
    {
        TextDataViewType => Text,
        KeyDataViewType or NumberDataViewType or BooleanDataViewType => type.RawType switch
        {
            var raw when raw == typeof(byte) => Number<byte>,
            var raw when raw == typeof(sbyte) => Number<sbyte>,
            var raw when raw == typeof(short) => Number<short>,
            var raw when raw == typeof(ushort) => Number<ushort>,
            var raw when raw == typeof(int) => Number<int>,
            var raw when raw == typeof(uint) => Number<uint>,
            var raw when raw == typeof(long) => Number<long>,
            var raw when raw == typeof(ulong) => Number<ulong>,
            var raw when raw == typeof(bool) => Number<bool>,
            _ => null,
        },
        _ => null,
    };

    private static Func<string?> Text(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<ReadOnlyMemory<char>>(column);
        ReadOnlyMemory<char> value = default;
        return () =>
        {
            getter(ref value);
            return value.IsEmpty ? null : value.ToString();
        };
    }

    private static Func<string?> Number<T>(DataViewRow row, DataViewSchema.Column column)
        where T : struct, IConvertible
    {
        var getter = row.GetGetter<T>(column);
        var isKey = column.Type is KeyDataViewType;
        T value = default;
        return () =>
        {
            getter(ref value);

            // A key of 0 is a missing one.
            return isKey && value.ToUInt64(CultureInfo.InvariantCulture) == 0 ? null : value.ToString(CultureInfo.InvariantCulture);
        };
    }
}
