using System.Buffers.Binary;
using System.IO.Compression;

namespace ModelBuilderStyle.ImageData;

/// <summary>
/// Reads the IDX files of MNIST and its relatives, gzipped or not: two zero bytes, the element type (8 = byte), the number of dimensions,
/// the sizes (big-endian), the values.
/// </summary>
public static class IdxFiles
{
    private const int UnsignedByte = 8;
    private const int MaximumValues = 1 << 30;

    /// <summary>Reads images and their classes.</summary>
    /// <exception cref="InvalidDataException">A file is not IDX, is truncated, or the two do not belong together.</exception>
    public static RawImages Read(string imageFile, string labelFile)
    {
        var (sizes, pixels) = ReadArray(imageFile, 3);
        var (count, labels) = ReadArray(labelFile, 1);
        return sizes[0] == count[0]
            ? new RawImages(Path.GetFileName(imageFile), 1, sizes[1], sizes[2], pixels, labels)
            : throw new InvalidDataException($"'{imageFile}' holds {sizes[0]} images, but '{labelFile}' {count[0]} labels.");
    }

    private static (int[] Sizes, byte[] Values) ReadArray(string path, int dimensions)
    {
        try
        {
            using var file = File.OpenRead(path);
            using Stream stream = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
                ? new GZipStream(file, CompressionMode.Decompress)
                : file;
            var header = new byte[4 + (4 * dimensions)];
            stream.ReadExactly(header);
            if (header[0] != 0 || header[1] != 0 || header[2] != UnsignedByte || header[3] != dimensions)
            {
                throw new InvalidDataException($"'{path}' is not an IDX file of bytes in {dimensions} dimensions.");
            }

            var sizes = new int[dimensions];
            long length = 1;
            for (var i = 0; i < dimensions; i++)
            {
                sizes[i] = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4 + (4 * i)));
                length = sizes[i] is > 0 and < MaximumValues && length * sizes[i] < MaximumValues
                    ? length * sizes[i]
                    : throw new InvalidDataException($"'{path}' has sizes that no such file can have.");
            }

            var values = new byte[length];
            stream.ReadExactly(values);
            return (sizes, values);
        }
        catch (EndOfStreamException exception)
        {
            throw new InvalidDataException($"'{path}' is truncated.", exception);
        }
    }
}
