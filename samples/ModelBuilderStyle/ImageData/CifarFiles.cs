namespace ModelBuilderStyle.ImageData;

/// <summary>
/// Reads the binary versions of CIFAR-10 (one label byte) and CIFAR-100 (a coarse and a fine label byte): records of labels and 3×32×32
/// pixel values, channel by channel.
/// </summary>
public static class CifarFiles
{
    private const int Channels = 3;
    private const int Side = 32;
    private const int ImageLength = Channels * Side * Side;

    /// <summary>Reads one file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="labelBytes">1 for CIFAR-10, 2 for CIFAR-100, of which the last, the fine label, is taken.</param>
    /// <exception cref="InvalidDataException">The file does not consist of whole records.</exception>
    public static RawImages Read(string path, int labelBytes)
    {
        var bytes = File.ReadAllBytes(path);
        var record = labelBytes + ImageLength;
        if (bytes.Length == 0 || bytes.Length % record != 0)
        {
            throw new InvalidDataException($"'{path}' is not a CIFAR file: it does not consist of whole records of {record} bytes.");
        }

        var count = bytes.Length / record;
        var labels = new byte[count];
        var pixels = new byte[count * ImageLength];
        for (var i = 0; i < count; i++)
        {
            labels[i] = bytes[(i * record) + labelBytes - 1];
            bytes.AsSpan((i * record) + labelBytes, ImageLength).CopyTo(pixels.AsSpan(i * ImageLength));
        }

        return new RawImages(Path.GetFileName(path), Channels, Side, Side, pixels, labels);
    }
}
