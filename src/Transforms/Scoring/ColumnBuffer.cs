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

    /// <summary>Copies the value of the current row into the buffer.</summary>
    public abstract void Capture(int index);

    /// <summary>Makes a getter of the value at the index that is current when it is called.</summary>
    public abstract Delegate CreateGetter(Func<int> current);
}

/// <inheritdoc />
internal sealed class ScalarColumnBuffer<T>(DataViewRow row, DataViewSchema.Column column, int capacity) : ColumnBuffer
{
    private readonly ValueGetter<T> _getter = row.GetGetter<T>(column);
    private readonly T[] _values = new T[capacity];

    public override void Capture(int index)
    {
        // A fresh variable, because the caller may still have the value before, and getters of images dispose what they overwrite.
        T value = default!;
        _getter(ref value);
        _values[index] = value;
    }

    public override Delegate CreateGetter(Func<int> current) => (ValueGetter<T>)((ref T value) => value = _values[current()]);
}

/// <inheritdoc />
internal sealed class VectorColumnBuffer<T>(DataViewRow row, DataViewSchema.Column column, int capacity) : ColumnBuffer
{
    private readonly ValueGetter<VBuffer<T>> _getter = row.GetGetter<VBuffer<T>>(column);
    private readonly VBuffer<T>[] _values = new VBuffer<T>[capacity];

    public override void Capture(int index) => _getter(ref _values[index]);

    public override Delegate CreateGetter(Func<int> current)
        => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => _values[current()].CopyTo(ref value));
}
