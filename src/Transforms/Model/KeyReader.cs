using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Model;

/// <summary>Reads key columns of any width as class indices. Training and evaluation read labels through it.</summary>
internal static class KeyReader
{
    /// <summary>Class of a row whose key is missing.</summary>
    public const int Missing = -1;

    /// <summary>Makes the function that gives the current row's class from 0, or <see cref="Missing"/>.</summary>
    public static Func<int> Bind(DataViewRow row, DataViewSchema.Column column) => column.Type.RawType switch
    {
        var type when type == typeof(byte) => Bind<byte>(row, column),
        var type when type == typeof(ushort) => Bind<ushort>(row, column),
        var type when type == typeof(ulong) => Bind<ulong>(row, column),
        _ => Bind<uint>(row, column),
    };

    private static Func<int> Bind<T>(DataViewRow row, DataViewSchema.Column column)
        where T : struct, IConvertible
    {
        var getter = row.GetGetter<T>(column);
        var classes = ((KeyDataViewType)column.Type).Count;
        T value = default;
        return () =>
        {
            getter(ref value);

            // A key is stored from 1, and 0 stands for a missing value.
            var key = value.ToUInt64(CultureInfo.InvariantCulture);
            return key > classes ? Missing : (int)key - 1;
        };
    }
}
