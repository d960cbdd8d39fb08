using System.Buffers.Binary;

namespace AdaptiveInference.ML.Benchmarks.Evidence;

/// <summary>
/// Writes IDX files of bytes: two zero bytes, the element type, the number of dimensions, the sizes (big-endian), the values.
/// </summary>
internal static class IdxWriter
{
    private const byte UnsignedByte = 8;

    public static void Write(Stream stream, IReadOnlyList<int> sizes, ReadOnlySpan<byte> values)
    {
        stream.Write([0, 0, UnsignedByte, (byte)sizes.Count]);
        Span<byte> number = stackalloc byte[sizeof(int)];
        foreach (var size in sizes)
        {
            BinaryPrimitives.WriteInt32BigEndian(number, size);
            stream.Write(number);
        }

        stream.Write(values);
    }
}
