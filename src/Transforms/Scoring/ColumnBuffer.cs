using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Scoring;

/// <summary>Keeps the values of one column for rows that were read ahead.</summary>
internal abstract class ColumnBuffer
{
    /// <summary>Makes a buffer of the column's type.</summary>
    public static ColumnBuffer Create(DataViewRow row, DataViewSchema.Column column, int capacity)
    {
        var type = column.Type is VectorDataViewType vector
            ? typeof(VectorColumnBuffer<>).MakeGenericType(vector.ItemType.RawType)
            : typeof(ScalarColumnBuffer<>).MakeGenericType(column.Type.RawType);
        return (ColumnBuffer)Activator.CreateInstance(type, row, column, capacity)!;
    }

    /// <summary>Copies the value of the current row into a place.</summary>
    public abstract void Capture(int place);

    /// <summary>Makes a getter of the value at whichever place is current.</summary>
    public abstract Delegate CreateGetter(Func<int> current);
}

/// <inheritdoc />
internal sealed class ScalarColumnBuffer<T>(DataViewRow row, DataViewSchema.Column column, int capacity) : ColumnBuffer
{
    private readonly ValueGetter<T> _getter = row.GetGetter<T>(column);
    private readonly T[] _values = new T[capacity];

    public override void Capture(int place)
    {
        // A fresh variable, because the value before may have been handed out, and getters of images dispose what they overwrite.
        T value = default!;
        _getter(ref value);
        _values[place] = value;
    }

    public override Delegate CreateGetter(Func<int> current) => (ValueGetter<T>)((ref T value) => value = _values[current()]);
}

/// <inheritdoc />
internal sealed class VectorColumnBuffer<T>(DataViewRow row, DataViewSchema.Column column, int capacity) : ColumnBuffer
{
    private readonly ValueGetter<VBuffer<T>> _getter = row.GetGetter<VBuffer<T>>(column);
    private readonly VBuffer<T>[] _values = new VBuffer<T>[capacity];

    public override void Capture(int place) => _getter(ref _values[place]);

    public override Delegate CreateGetter(Func<int> current)
        => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => _values[current()].CopyTo(ref value));
}
