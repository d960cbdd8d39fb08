using System.Buffers.Binary;
using AdaptiveInference.ML.Transforms.Limits;
using AdaptiveInference.ML.Transforms.Onnx.Protobuf;
using DataType = AdaptiveInference.ML.Transforms.Onnx.Protobuf.TensorProto.Types.DataType;

namespace AdaptiveInference.ML.Transforms.Onnx.Import;

/// <summary>Reads the numbers of a tensor, whichever of the format's ways they are stored in.</summary>
internal static class OnnxTensor
{
    /// <summary>Numbers of the tensor by its shape; negative for a shape that is none.</summary>
    public static long Count(TensorProto tensor)
    {
        long count = 1;
        foreach (var size in tensor.Dims)
        {
            if (size < 0 || (size > 0 && count > int.MaxValue / size))
            {
                return -1;
            }

            count *= size;
        }

        return count;
    }

    /// <summary>Real numbers in single precision.</summary>
    /// <exception cref="FormatException">
    /// They are of another type, too few or too many; the message is the rest of a sentence on the tensor.
    /// </exception>
    public static float[] Floats(TensorProto tensor)
    {
        var count = Checked(tensor);
        return (DataType)tensor.DataType switch
        {
            DataType.Float when tensor.RawData.Length > 0 => Raw(tensor, count, sizeof(float), BinaryPrimitives.ReadSingleLittleEndian),
            DataType.Float => Listed(tensor.FloatData, count, value => value),
            DataType.Double when tensor.RawData.Length > 0
                => Raw(tensor, count, sizeof(double), bytes => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes)),
            DataType.Double => Listed(tensor.DoubleData, count, value => (float)value),
            DataType.Float16 when tensor.RawData.Length > 0
                => Raw(tensor, count, sizeof(ushort), bytes => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes)),
            DataType.Float16 => Listed(tensor.Int32Data, count, value => (float)BitConverter.UInt16BitsToHalf((ushort)value)),
            _ => throw new FormatException($"holds numbers of type {tensor.DataType}; float, float16 and double can be read"),
        };
    }

    /// <summary>Whether it holds one truth value, false.</summary>
    public static bool IsFalse(TensorProto tensor)
        => (DataType)tensor.DataType == DataType.Bool && Count(tensor) == 1
            && (tensor.RawData.Length > 0 ? tensor.RawData.Span is [0] : tensor.Int32Data is [0]);

    /// <summary>Whole numbers, such as axes and shapes.</summary>
    /// <exception cref="FormatException">
    /// They are of another type, too few or too many; the message is the rest of a sentence on the tensor.
    /// </exception>
    public static long[] Integers(TensorProto tensor)
    {
        var count = Checked(tensor);
        return (DataType)tensor.DataType == DataType.Int64
            ? tensor.RawData.Length > 0
                ? Raw(tensor, count, sizeof(long), BinaryPrimitives.ReadInt64LittleEndian)
                : Listed(tensor.Int64Data, count, value => value)
            : throw new FormatException($"holds numbers of type {tensor.DataType}, where whole numbers of 64 bits are expected");
    }

    private static int Checked(TensorProto tensor)
    {
        if (tensor.DataLocation == TensorProto.Types.DataLocation.External)
        {
            throw new FormatException(
                "is stored in a file of its own. Save the model with its weights inside (save_as_external_data=False)");
        }

        return Count(tensor) is >= 0 and <= int.MaxValue and var count
            ? (int)count
            : throw new FormatException($"has the shape {QuotedText.List(tensor.Dims)}, which is none");
    }

    private static T[] Raw<T>(TensorProto tensor, int count, int size, ReadNumber<T> read)
    {
        var bytes = tensor.RawData.Span;
        if (bytes.Length != (long)count * size)
        {
            throw new FormatException(
                $"holds {bytes.Length} bytes, and its shape {QuotedText.List(tensor.Dims)} needs {(long)count * size}");
        }

        var values = new T[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = read(bytes.Slice(i * size, size));
        }

        return values;
    }

    private static TOut[] Listed<TIn, TOut>(ICollection<TIn> list, int count, Func<TIn, TOut> convert)
    {
        if (list.Count != count)
        {
            throw new FormatException($"holds {list.Count} numbers, and its shape needs {count}");
        }

        var values = new TOut[count];
        var i = 0;
        foreach (var value in list)
        {
            values[i++] = convert(value);
        }

        return values;
    }

    private delegate T ReadNumber<out T>(ReadOnlySpan<byte> bytes);
}
