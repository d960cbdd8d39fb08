using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace AdaptiveInference.ML.Transforms.Persistence;

/// <summary>Reads what <see cref="HashedWriter"/> wrote and hashes what it reads.</summary>
internal sealed class HashedReader(Stream stream, IncrementalHash hash)
{
    /// <summary>Bytes up to the end of the stream; the largest number there is when the stream cannot tell.</summary>
    public long Left => stream.CanSeek ? stream.Length - stream.Position : long.MaxValue;

    public int ReadInt32()
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        Fill(bytes);
        return BinaryPrimitives.ReadInt32LittleEndian(bytes);
    }

    /// <summary>Length and bytes; the length is checked before anything is allocated.</summary>
    /// <exception cref="InvalidDataException">The length is more than the maximum or than what is left.</exception>
    public byte[] ReadBlock(int maximum)
    {
        var length = ReadInt32();
        if (length < 0 || length > maximum || length > Left)
        {
            throw new InvalidDataException($"a part claims to be {length} bytes long");
        }

        var bytes = new byte[length];
        Fill(bytes);
        return bytes;
    }

    public float[] ReadFloats(int count)
    {
        var values = new float[count];
        Fill(MemoryMarshal.AsBytes(values.AsSpan()));
        if (!BitConverter.IsLittleEndian)
        {
            var words = MemoryMarshal.Cast<float, int>(values.AsSpan());
            BinaryPrimitives.ReverseEndianness(words, words);
        }

        return values;
    }

    private void Fill(Span<byte> bytes)
    {
        stream.ReadExactly(bytes);
        hash.AppendData(bytes);
    }
}
