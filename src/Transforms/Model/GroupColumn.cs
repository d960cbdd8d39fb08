using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Model;

/// <summary>Numbers the groups of rows that stay together: a key, a text or a number says which.</summary>
internal sealed class GroupColumn
{
    private const string Expected = "key, text or number";

    private GroupColumn(DataViewSchema.Column column) => Column = column;

    public DataViewSchema.Column Column { get; }

    /// <summary>Finds the column.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or of a wrong type.</exception>
    /// <param name="schema">The data's.</param>
    /// <param name="name">The column.</param>
    /// <param name="role">Whose groups they are.</param>
    public static GroupColumn Of(DataViewSchema schema, string name, ColumnRole role)
    {
        var column = schema.GetColumnOrNull(name) ?? throw SchemaErrors.Missing(role, name, SchemaErrors.NamesOf(schema));
        return IsGroup(column.Type) ? new GroupColumn(column) : throw Mismatch(role, name, column.Type.ToString()!);
    }

    /// <summary>Whether a column of this shape can say the groups.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It cannot.</exception>
    public static void CheckShape(SchemaShape.Column column, string typeText)
    {
        if (column.Kind != SchemaShape.Column.VectorKind.Scalar || !(column.IsKey || IsGroup(column.ItemType)))
        {
            throw Mismatch(ColumnRole.ValidationGroup, column.Name, typeText);
        }
    }

    /// <summary>
    /// Makes the function that gives the current row's group, numbered from 0 as they come. A missing value is a group by itself.
    /// </summary>
    public Func<int> Bind(DataViewRow row) => Column.Type.RawType switch
    {
        // A key of 0, a text of nothing and NaN are missing. Other numbers are never missing.
        var type when type == typeof(ReadOnlyMemory<char>) => Number(Text(row), value => value.Length == 0),
        var type when type == typeof(float) => Number(Value<float>(row), float.IsNaN),
        var type when type == typeof(double) => Number(Value<double>(row), double.IsNaN),
        var type when type == typeof(sbyte) => Number(Value<sbyte>(row), _ => false),
        var type when type == typeof(short) => Number(Value<short>(row), _ => false),
        var type when type == typeof(int) => Number(Value<int>(row), _ => false),
        var type when type == typeof(long) => Number(Value<long>(row), _ => false),
        var type when type == typeof(byte) => Number(Value<byte>(row), value => IsKey && value == 0),
        var type when type == typeof(ushort) => Number(Value<ushort>(row), value => IsKey && value == 0),
        var type when type == typeof(uint) => Number(Value<uint>(row), value => IsKey && value == 0),
        _ => Number(Value<ulong>(row), value => IsKey && value == 0),
    };

    private bool IsKey => Column.Type is KeyDataViewType;

    private static ArgumentOutOfRangeException Mismatch(ColumnRole role, string name, string actual)
        => SchemaErrors.Mismatch(role.Name, name, Expected, actual, $". It is named in {role.Option}", role.Parameter);

    private static bool IsGroup(DataViewType type) => type is KeyDataViewType or TextDataViewType or NumberDataViewType;

    private static Func<int> Number<T>(Func<T> read, Func<T, bool> isMissing)
        where T : notnull
    {
        var (known, next) = (new Dictionary<T, int>(), 0);
        return () =>
        {
            var value = read();
            return isMissing(value) ? next++ : known.TryGetValue(value, out var group) ? group : known[value] = next++;
        };
    }

    private Func<string> Text(DataViewRow row)
    {
        var read = Value<ReadOnlyMemory<char>>(row);
        return () => read().ToString();
    }

    private Func<T> Value<T>(DataViewRow row)
    {
        var getter = row.GetGetter<T>(Column);
        T value = default!;
        return () =>
        {
            getter(ref value);
            return value;
        };
    }
}
