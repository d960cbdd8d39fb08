using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace AdaptiveInference.ML.Transforms.Images;

/// <summary>
/// Reads the images of one column, whatever its type, as planar pixels (channels, height, width). Scoring and training read through this
/// class, so that a network sees the same pixels in both.
/// </summary>
internal sealed class ImageColumn
{
    private const string Expected =
        "Vector<Single> with dimensions [C,H,W] or [H,W,C], a flat Vector<Single> with ImageShape given, MLImage, or variable Vector<Byte>";

    private readonly DataViewSchema.Column _column;
    private readonly ImageLayout _layout;

    private ImageColumn(DataViewSchema.Column column, ImageLayout layout, ImageShape shape)
    {
        _column = column;
        _layout = layout;
        Shape = shape;
    }

    /// <summary>What the network reads.</summary>
    public ImageShape Shape { get; }

    /// <summary>Whether every pixel is a whole number from 0 to 255, because the image is decoded here.</summary>
    public bool HasBytePixels => _layout is ImageLayout.Image or ImageLayout.Encoded;

    /// <summary>Name of the column.</summary>
    public string Name => _column.Name;

    /// <summary>The column itself.</summary>
    public DataViewSchema.Column Column => _column;

    /// <summary>Finds the column and how its values are laid out.</summary>
    /// <param name="schema">Schema of the rows to read.</param>
    /// <param name="name">Name of the feature column.</param>
    /// <param name="shape">Shape that the network reads, or null to take it from the column's dimensions.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing, of a wrong type or of a wrong size.</exception>
    /// <exception cref="ArgumentException">No shape is given and the column has none.</exception>
    public static ImageColumn Of(DataViewSchema schema, string name, ImageShape? shape)
    {
        if (schema.GetColumnOrNull(name) is not { } column)
        {
            throw SchemaErrors.Missing(SchemaErrors.FeatureRole, name);
        }

        return column.Type switch
        {
            ImageDataViewType image => OfImage(column, image, shape),
            VectorDataViewType vector when vector.ItemType == NumberDataViewType.Byte
                => new ImageColumn(column, ImageLayout.Encoded, Decodable(shape ?? throw NoShape(column))),
            VectorDataViewType vector when vector.ItemType == NumberDataViewType.Single => OfVector(column, vector, shape),
            _ => throw SchemaErrors.Mismatch(SchemaErrors.FeatureRole, name, Expected, column.Type.ToString()!),
        };
    }

    /// <summary>Whether a column of this type can be a feature column at all; the size is known only with the data.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It cannot.</exception>
    public static void CheckType(string name, DataViewType itemType, bool isVector, string typeText)
    {
        var fits = isVector
            ? itemType == NumberDataViewType.Byte || itemType == NumberDataViewType.Single
            : itemType is ImageDataViewType;
        if (!fits)
        {
            throw SchemaErrors.Mismatch(SchemaErrors.FeatureRole, name, Expected, typeText);
        }
    }

    /// <summary>Makes the action that reads the image of the current row into a slot, without decoding it.</summary>
    public Action<ImageSlot> BindCapture(DataViewRow row)
    {
        switch (_layout)
        {
            case ImageLayout.Image:
                var image = row.GetGetter<MLImage>(_column);
                return slot => image(ref slot.Image!);
            case ImageLayout.Encoded:
                var encoded = row.GetGetter<VBuffer<byte>>(_column);
                return slot => encoded(ref slot.Encoded);
            default:
                var values = row.GetGetter<VBuffer<float>>(_column);
                return slot => values(ref slot.Values);
        }
    }

    /// <summary>Writes the pixels of a captured image. Safe to call for different slots at the same time.</summary>
    /// <param name="slot">The captured image.</param>
    /// <param name="pixels">Receives <see cref="ImageShape.Size"/> values, planar.</param>
    /// <param name="row">Position of the row, for the error message.</param>
    /// <exception cref="FormatException">The image cannot be decoded, has another size, or holds NaN or infinite values.</exception>
    public void Decode(ImageSlot slot, Span<float> pixels, long row)
    {
        switch (_layout)
        {
            case ImageLayout.Image:
                ImageDecoder.Read(slot.Image ?? throw Bad(row, "the image is null"), Shape, pixels);
                break;
            case ImageLayout.Encoded:
                ReadEncoded(slot, pixels, row);
                break;
            default:
                ReadValues(in slot.Values, pixels, row);
                break;
        }
    }

    private static ImageColumn OfImage(DataViewSchema.Column column, ImageDataViewType type, ImageShape? shape)
    {
        shape ??= type.Height > 0 ? new ImageShape(3, type.Height, type.Width) : throw NoShape(column);
        return new ImageColumn(column, ImageLayout.Image, Decodable(shape));
    }

    private static ImageColumn OfVector(DataViewSchema.Column column, VectorDataViewType type, ImageShape? shape)
    {
        var dimensions = type.Dimensions;
        if (dimensions.Length == 3 && dimensions[0] > 0 && dimensions[1] > 0 && dimensions[2] > 0)
        {
            var planar = (dimensions[0], dimensions[1], dimensions[2]);
            var interleaved = (dimensions[2], dimensions[0], dimensions[1]);
            if (shape is null)
            {
                // Both layouts could fit; an image of 1, 3 or 4 rows is far less likely than one of 1, 3 or 4 channels.
                return dimensions[0] is 1 or 3 or 4
                    ? new ImageColumn(column, ImageLayout.Planar, ShapeOf(planar))
                    : new ImageColumn(column, ImageLayout.Interleaved, ShapeOf(interleaved));
            }

            var wanted = (shape.Channels, shape.Height, shape.Width);
            return wanted == planar ? new ImageColumn(column, ImageLayout.Planar, shape)
                : wanted == interleaved ? new ImageColumn(column, ImageLayout.Interleaved, shape)
                : throw WrongSize(column, type, shape);
        }

        if (shape is null)
        {
            throw NoShape(column);
        }

        return type.Size == 0 || type.Size == shape.Size
            ? new ImageColumn(column, ImageLayout.Planar, shape)
            : throw WrongSize(column, type, shape);
    }

    private static ImageShape ShapeOf((int Channels, int Height, int Width) size) => new(size.Channels, size.Height, size.Width);

    private static ImageShape Decodable(ImageShape shape)
        => shape.Channels is 1 or 3
            ? shape
            : throw new ArgumentException($"Images are decoded to 1 (gray) or 3 (RGB) channels, got ImageShape {shape}. Use 1 or 3 channels.");

    private static ArgumentException NoShape(DataViewSchema.Column column)
        => new($"Column '{column.Name}' of type {column.Type} does not say how large its images are. Set ImageShape in the options.");

    private static ArgumentOutOfRangeException WrongSize(DataViewSchema.Column column, VectorDataViewType type, ImageShape shape)
        => SchemaErrors.Mismatch(
            SchemaErrors.FeatureRole,
            column.Name,
            $"Vector<Single, {shape.Channels}, {shape.Height}, {shape.Width}>, Vector<Single, {shape.Height}, {shape.Width}, {shape.Channels}> "
            + $"or a flat vector of {shape.Size} values",
            type.ToString()!);

    private void ReadEncoded(ImageSlot slot, Span<float> pixels, long row)
    {
        var bytes = slot.Encoded.IsDense ? slot.Encoded.GetValues() : slot.Encoded.DenseValues().ToArray();
        if (!ImageDecoder.TryDecode(bytes, out var image))
        {
            throw Bad(row, $"{bytes.Length} bytes are not an image that can be decoded (PNG, JPEG, BMP, GIF or WebP)");
        }

        using (image)
        {
            ImageDecoder.Read(image, Shape, pixels);
        }
    }

    private void ReadValues(in VBuffer<float> values, Span<float> pixels, long row)
    {
        if (values.Length != Shape.Size)
        {
            throw Bad(row, $"expected {Shape.Size} values for images of {Shape}, got {values.Length}");
        }

        if (_layout == ImageLayout.Interleaved)
        {
            Deinterleave(values, pixels);
        }
        else
        {
            values.CopyTo(pixels);
        }

        if (FiniteFloats.All(pixels))
        {
            return;
        }

        throw Bad(row, "a pixel is NaN or infinite");
    }

    private void Deinterleave(in VBuffer<float> values, Span<float> pixels)
    {
        var plane = Shape.Height * Shape.Width;
        if (values.IsDense)
        {
            var source = values.GetValues();
            for (int pixel = 0, i = 0; pixel < plane; pixel++)
            {
                for (var channel = 0; channel < Shape.Channels; channel++, i++)
                {
                    pixels[(channel * plane) + pixel] = source[i];
                }
            }

            return;
        }

        pixels.Clear();
        foreach (var (index, value) in values.Items())
        {
            pixels[(index % Shape.Channels * plane) + (index / Shape.Channels)] = value;
        }
    }

    /// <summary>The error of a row whose image cannot be used.</summary>
    public FormatException Bad(long row, string problem)
        => new($"Row {row} of column '{_column.Name}': {problem}. Remove or repair this row.");

    private enum ImageLayout
    {
        Planar,
        Interleaved,
        Image,
        Encoded,
    }
}
