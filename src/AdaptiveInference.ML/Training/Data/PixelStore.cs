using System.Runtime.InteropServices;

namespace AdaptiveInference.ML.Training.Data;

/// <summary>
/// The pixels of all images of a data set: bytes as long as every pixel of every image is a whole number from 0 to 255, single precision
/// numbers from the first image on that has other pixels.
/// </summary>
internal sealed class PixelStore : IDisposable
{
    /// <summary>
    /// Bytes of pixels kept in memory; what goes beyond is in a temporary file. The system keeps that in memory that nobody else wants, and
    /// reading from there takes no noticeable part of a step.
    /// </summary>
    public const long MemoryLimit = 128L << 20;

    private readonly long _memoryLimit;
    private readonly string _folder;
    private readonly byte[] _packed;
    private RecordStore _records;

    /// <param name="imageSize">Pixels of one image, all channels.</param>
    /// <param name="folder">Folder of the temporary file.</param>
    /// <param name="memoryLimit">Bytes of pixels to keep in memory.</param>
    public PixelStore(int imageSize, string folder, long memoryLimit = MemoryLimit)
    {
        ImageSize = imageSize;
        _folder = folder;
        _memoryLimit = memoryLimit;
        _packed = new byte[imageSize];
        _records = new RecordStore(imageSize, memoryLimit, folder);
    }

    public int ImageSize { get; }

    public int Count => _records.Count;

    public bool HoldsBytes { get; private set; } = true;

    public bool IsOnDisk => _records.IsOnDisk;

    public void Append(ReadOnlySpan<float> pixels)
    {
        if (HoldsBytes && TryPack(pixels, _packed))
        {
            _records.Append(_packed);
            return;
        }

        if (HoldsBytes)
        {
            Widen();
        }

        _records.Append(MemoryMarshal.AsBytes(pixels));
    }

    public void Complete() => _records.Complete();

    /// <summary>Reads one image. Any number of threads may read at a time.</summary>
    /// <param name="index">Position in the order of appending.</param>
    /// <param name="pixels">Receives <see cref="ImageSize"/> values.</param>
    public void Read(int index, Span<float> pixels)
    {
        pixels = pixels[..ImageSize];
        var target = MemoryMarshal.AsBytes(pixels);
        if (!HoldsBytes)
        {
            _records.Read(index, target);
            return;
        }

        // The bytes lie in the last quarter of their own result; value i is written no later than byte i is read.
        var packed = target[(3 * ImageSize)..];
        _records.Read(index, packed);
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = packed[i];
        }
    }

    public void Dispose() => _records.Dispose();

    private static bool TryPack(ReadOnlySpan<float> pixels, Span<byte> packed)
    {
        for (var i = 0; i < pixels.Length; i++)
        {
            var value = (byte)Math.Clamp(pixels[i], 0f, 255f);
            if (value != pixels[i])
            {
                return false;
            }

            packed[i] = value;
        }

        return true;
    }

    private void Widen()
    {
        _records.Complete();
        var wide = new RecordStore(checked(ImageSize * sizeof(float)), _memoryLimit, _folder);
        try
        {
            var pixels = new float[ImageSize];
            for (var i = 0; i < _records.Count; i++)
            {
                Read(i, pixels);
                wide.Append(MemoryMarshal.AsBytes(pixels.AsSpan()));
            }
        }
        catch
        {
            wide.Dispose();
            throw;
        }

        _records.Dispose();
        _records = wide;
        HoldsBytes = false;
    }
}
