namespace ModelBuilderStyle.ImageData;

/// <summary>Images of one size as plain pixels, as IDX and CIFAR files hold them.</summary>
public sealed class RawImages
{
    private readonly byte[] _pixels;
    private readonly byte[] _labels;

    /// <summary>Takes the arrays over without copying them.</summary>
    /// <param name="source">Name of the file, for people.</param>
    /// <param name="channels">1 or 3.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="pixels">One byte per channel and pixel: image after image, each channel by channel.</param>
    /// <param name="labels">Class of each image from 0.</param>
    public RawImages(string source, int channels, int height, int width, byte[] pixels, byte[] labels)
    {
        Source = source;
        Channels = channels;
        Height = height;
        Width = width;
        _pixels = pixels;
        _labels = labels;
        if (pixels.Length != (long)labels.Length * Size)
        {
            throw new InvalidDataException($"'{source}' holds {pixels.Length} pixel values for {labels.Length} images of {Size}.");
        }
    }

    /// <summary>Name of the file, for people.</summary>
    public string Source { get; }

    /// <summary>1 for gray, 3 for red, green and blue.</summary>
    public int Channels { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Number of images.</summary>
    public int Count => _labels.Length;

    /// <summary>Bytes of one image.</summary>
    public int Size => Channels * Height * Width;

    /// <summary>Class of each image from 0.</summary>
    public ReadOnlySpan<byte> Labels => _labels;

    /// <summary>The pixels of one image, channel by channel.</summary>
    public ReadOnlySpan<byte> Pixels(int index) => _pixels.AsSpan(index * Size, Size);

    /// <summary>The images as encoded ones, for pipelines that read image files.</summary>
    /// <param name="classNames">Name of each class; an empty list names them by number.</param>
    public IReadOnlyList<LabeledImage> Encode(IReadOnlyList<string> classNames)
    {
        if (classNames.Count > 0 && _labels.Length > 0 && _labels.Max() >= classNames.Count)
        {
            throw new InvalidDataException($"'{Source}' has a class {_labels.Max()}, but only {classNames.Count} class names are given.");
        }

        return [.. Enumerable.Range(0, Count).Select(i => new LabeledImage(
            classNames.Count > 0 ? classNames[_labels[i]] : _labels[i].ToString(System.Globalization.CultureInfo.InvariantCulture),
            $"{Source}#{i}",
            () => BitmapFile.Encode(Pixels(i), Channels, Height, Width)))];
    }

    /// <summary>Several sets of one size, one after the other.</summary>
    public static RawImages Join(IReadOnlyList<RawImages> parts) => parts.Count == 1
        ? parts[0]
        : new RawImages(
            string.Join(", ", parts.Select(part => part.Source)), parts[0].Channels, parts[0].Height, parts[0].Width,
            [.. parts.SelectMany(part => part._pixels)], [.. parts.SelectMany(part => part._labels)]);
}
