using AdaptiveInference.ML.Transforms.Model;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using ResizingKind = Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind;

namespace AdaptiveInference.ML.Transforms.Images;

/// <summary>
/// Reads the images of one column, whatever its type, as planar pixels (channels, height, width). Scoring and training read through this
/// class, so that a network sees the same pixels in both.
/// </summary>
internal sealed class ImageColumn
{
    /// <summary>Key of the row's number, a <see cref="long"/>, in <see cref="Exception.Data"/> of a row's error.</summary>
    public const string RowKey = "Row";

    /// <summary>Key of what is wrong with the image, without the row and without a full stop.</summary>
    public const string ProblemKey = "Problem";

    /// <summary>Key of the exception behind it, if there is one.</summary>
    public const string CauseKey = "Cause";

    private const string Expected =
        "Vector<Single> or Vector<Byte> with dimensions [C,H,W] or [H,W,C] (pixels), a flat Vector<Single> with ImageShape given (pixels), "
        + "MLImage, or variable Vector<Byte> (an image file)";

    private readonly DataViewSchema.Column _column;
    private readonly ImageSource _source;

    private ImageColumn(DataViewSchema.Column column, ImageSource source, ImageShape shape, PixelLayout layout = PixelLayout.Planar)
    {
        _column = column;
        _source = source;
        Shape = shape;
        Layout = layout;
    }

    /// <summary>What a column holds.</summary>
    private enum ImageSource
    {
        Floats,
        Bytes,
        Image,
        Encoded,
    }

    /// <summary>What the network reads.</summary>
    public ImageShape Shape { get; }

    /// <summary>Whether every pixel is a whole number from 0 to 255, because the image is decoded here.</summary>
    public bool HasBytePixels => _source is ImageSource.Image or ImageSource.Encoded;

    /// <summary>How images of other proportions are made to fit; pixels in vectors have their size.</summary>
    public ResizingKind Resizing { get; private init; } = ResizingKind.Fill;

    /// <summary>Order of the values where they are pixels: a model remembers the one that it was trained with.</summary>
    public PixelLayout Layout { get; }

    /// <summary>Whether the column is a vector of pixels without dimensions, so that it does not say in which order they stand.</summary>
    public bool IsFlat
        => _source is ImageSource.Floats or ImageSource.Bytes && ((VectorDataViewType)_column.Type).Dimensions.Length != 3;

    /// <summary>Name of the column.</summary>
    public string Name => _column.Name;

    /// <summary>The column itself.</summary>
    public DataViewSchema.Column Column => _column;

    /// <summary>Finds the column and how its values are laid out.</summary>
    /// <param name="schema">Schema of the rows to read.</param>
    /// <param name="name">Name of the feature column.</param>
    /// <param name="shape">Shape that the network reads, or null to take it from the column's dimensions.</param>
    /// <param name="flat">Order of the values of a vector without dimensions.</param>
    /// <param name="resizing">How images of other proportions are made to fit.</param>
    /// <param name="parameter">The parameter that has the schema, for errors.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing, of a wrong type or of a wrong size.</exception>
    /// <exception cref="ArgumentException">No shape is given and the column has none.</exception>
    public static ImageColumn Of(
        DataViewSchema schema, string name, ImageShape? shape, PixelLayout flat = PixelLayout.Planar,
        ResizingKind resizing = ResizingKind.Fill, string parameter = ColumnRole.InputSchema)
    {
        if (schema.GetColumnOrNull(name) is not { } column)
        {
            throw SchemaErrors.MissingFeature(name, SchemaErrors.NamesOf(schema), parameter);
        }

        return column.Type switch
        {
            ImageDataViewType image => OfImage(column, image, shape, resizing),
            VectorDataViewType { IsKnownSize: false } vector when vector.ItemType == NumberDataViewType.Byte
                => new ImageColumn(column, ImageSource.Encoded, Decodable(shape ?? throw NoShape(column))) { Resizing = resizing },
            VectorDataViewType vector when vector.ItemType == NumberDataViewType.Byte
                => OfVector(column, vector, ImageSource.Bytes, shape, flat, parameter),
            VectorDataViewType vector when vector.ItemType == NumberDataViewType.Single
                => OfVector(column, vector, ImageSource.Floats, shape, flat, parameter),
            _ => throw SchemaErrors.Mismatch(SchemaErrors.FeatureRole, name, Expected, column.Type.ToString()!, parameter: parameter),
        };
    }

    /// <summary>Finds the column that a model is to read, as the model was told to read it.</summary>
    /// <inheritdoc cref="Of(DataViewSchema, string, ImageShape?, PixelLayout, ResizingKind, string)" />
    public static ImageColumn ForModel(
        DataViewSchema schema, string name, GatedResNetModel model, string parameter = ColumnRole.InputSchema)
        => Of(schema, name, model.Spec.Image, model.FlatLayout, model.Resizing, parameter);

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

    /// <summary>Checks that a network normalises pixels of the scale that this column has.</summary>
    /// <remarks>
    /// Only a decoded image is certain to have pixels of 0 to 255: vectors, of bytes too, hold whatever their maker put there.
    /// </remarks>
    /// <exception cref="ArgumentException">The network expects pixels of 0 to 1, the column has pixels of 0 to 255.</exception>
    public void CheckScale(ChannelStatistics statistics)
    {
        if (HasBytePixels && statistics.ScaleProblem is { } problem && statistics.AreNotOfWholePixels)
        {
            throw new ArgumentException(
                $"Column '{Name}' of type {_column.Type} has pixels from 0 to 255, but the network has {problem} "
                + $"{ChannelStatistics.ScaleAdvice}");
        }
    }

    /// <summary>Makes the action that reads the image of the current row into a slot, without decoding it.</summary>
    public Action<ImageSlot> BindCapture(DataViewRow row)
    {
        switch (_source)
        {
            case ImageSource.Image:
                var image = row.GetGetter<MLImage>(_column);
                return slot => image(ref slot.Image!);
            case ImageSource.Encoded or ImageSource.Bytes:
                var bytes = row.GetGetter<VBuffer<byte>>(_column);
                return slot => bytes(ref slot.Bytes);
            default:
                var values = row.GetGetter<VBuffer<float>>(_column);
                return slot => values(ref slot.Values);
        }
    }

    /// <summary>Writes the pixels of a captured image. Safe to call for different slots at the same time.</summary>
    /// <param name="slot">The captured image.</param>
    /// <param name="pixels">Receives <see cref="ImageShape.Size"/> values, planar.</param>
    /// <param name="row">Position of the row, for the error message; null where there are no rows, as in a prediction engine.</param>
    /// <exception cref="FormatException">The image cannot be decoded, has another size, or holds NaN or infinite values.</exception>
    public void Decode(ImageSlot slot, Span<float> pixels, long? row)
    {
        string? problem;
        try
        {
            problem = _source switch
            {
                ImageSource.Image => ReadImage(slot.Image, pixels),
                ImageSource.Encoded => EncodedImage.Read(Dense(slot.Bytes), Resizing, Shape, pixels),
                ImageSource.Bytes => ReadBytes(in slot.Bytes, pixels),
                _ => ReadValues(in slot.Values, pixels),
            };
        }
        catch (OutOfMemoryException error)
        {
            throw Bad(row, "the image needs more memory than this process has left", error);
        }
        catch (Exception error) when (error is OverflowException or ArgumentException or InvalidOperationException)
        {
            throw Bad(row, $"the image cannot be read: {error.Message.TrimEnd('.')}", error);
        }

        if (problem is not null)
        {
            throw Bad(row, problem);
        }
    }

    /// <summary>The error of a row of this column.</summary>
    /// <param name="row">Position of the row; null where there are no rows.</param>
    /// <param name="problem">What is wrong, without a full stop.</param>
    /// <param name="cause">What was thrown, if anything.</param>
    public FormatException Bad(long? row, string problem, Exception? cause = null)
    {
        // The parts of the message are for applications that know more: where their rows come from, or how to say it to their users.
        var error = new FormatException(
            row is null
                ? $"Column '{_column.Name}': {problem}. Repair or replace this image."
                : $"Row {row} of column '{_column.Name}': {problem}. Remove or repair this row (rows are numbered from 0 as they are "
                    + "read).");
        error.Data[ProblemKey] = problem;
        if (cause is not null)
        {
            // Not as the inner exception: this is the error that GetBaseException is to find below those that ML.NET wraps around it.
            error.Data[CauseKey] = cause;
        }

        if (row is { } number)
        {
            error.Data[RowKey] = number;
        }

        return error;
    }

    private static ImageColumn OfImage(DataViewSchema.Column column, ImageDataViewType type, ImageShape? shape, ResizingKind resizing)
    {
        shape ??= type.Height > 0 ? new ImageShape(3, type.Height, type.Width) : throw NoShape(column);
        return new ImageColumn(column, ImageSource.Image, Decodable(shape)) { Resizing = resizing };
    }

    private static ImageColumn OfVector(
        DataViewSchema.Column column, VectorDataViewType type, ImageSource source, ImageShape? shape, PixelLayout flat,
        string parameter)
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
                    ? new ImageColumn(column, source, ShapeOf(planar))
                    : new ImageColumn(column, source, ShapeOf(interleaved), PixelLayout.Interleaved);
            }

            var wanted = (shape.Channels, shape.Height, shape.Width);
            return wanted == planar ? new ImageColumn(column, source, shape)
                : wanted == interleaved ? new ImageColumn(column, source, shape, PixelLayout.Interleaved)
                : throw WrongSize(column, type, shape, parameter);
        }

        if (shape is null)
        {
            throw NoShape(column);
        }

        return type.Size == 0 || type.Size == shape.Size
            ? new ImageColumn(column, source, shape, flat)
            : throw WrongSize(column, type, shape, parameter);
    }

    private static ImageShape ShapeOf((int Channels, int Height, int Width) size) => new(size.Channels, size.Height, size.Width);

    private static ImageShape Decodable(ImageShape shape)
        => shape.Channels is 1 or 3
            ? shape
            : throw new ArgumentException(
                $"Images are decoded to 1 (gray) or 3 (RGB) channels, got ImageShape {shape}. Use 1 or 3 channels.");

    private static ArgumentException NoShape(DataViewSchema.Column column)
        => new($"Column '{column.Name}' of type {column.Type} does not say how large its images are. Set ImageShape in the options.");

    private static ArgumentOutOfRangeException WrongSize(
        DataViewSchema.Column column, VectorDataViewType type, ImageShape shape, string parameter)
        => SchemaErrors.Mismatch(
            SchemaErrors.FeatureRole,
            column.Name,
            $"Vector<{type.ItemType}, {shape.Channels}, {shape.Height}, {shape.Width}>, "
            + $"Vector<{type.ItemType}, {shape.Height}, {shape.Width}, {shape.Channels}> or a flat vector of {shape.Size} values",
            type.ToString()!, parameter: parameter);

    private static byte[] Copy(in VBuffer<byte> bytes) => [.. bytes.DenseValues()];

    private static ReadOnlySpan<byte> Dense(in VBuffer<byte> bytes) => bytes.IsDense ? bytes.GetValues() : Copy(in bytes);

    private string? ReadImage(MLImage? image, Span<float> pixels)
    {
        if (image is null)
        {
            return "the image is null";
        }

        MLImagePixels.Read(image, Resizing, Shape, pixels);
        return null;
    }

    private string? ReadBytes(in VBuffer<byte> values, Span<float> pixels)
    {
        if (WrongLength(values.Length) is { } problem)
        {
            return problem;
        }

        var bytes = Dense(in values);
        for (var i = 0; i < bytes.Length; i++)
        {
            pixels[PlaceOf(i)] = bytes[i];
        }

        return null;
    }

    private string? ReadValues(in VBuffer<float> values, Span<float> pixels)
    {
        if (WrongLength(values.Length) is { } problem)
        {
            return problem;
        }

        if (Layout == PixelLayout.Interleaved)
        {
            Deinterleave(values, pixels);
        }
        else
        {
            values.CopyTo(pixels);
        }

        return FiniteFloats.All(pixels) ? null : "a pixel is NaN or infinite";
    }

    private string? WrongLength(int length)
        => length == Shape.Size ? null : $"expected {Shape.Size} values for images of {Shape}, got {length}";

    private void Deinterleave(in VBuffer<float> values, Span<float> pixels)
    {
        if (values.IsDense)
        {
            var source = values.GetValues();
            var plane = Shape.Height * Shape.Width;
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
            pixels[PlaceOf(index)] = value;
        }
    }

    private int PlaceOf(int index)
        => Layout == PixelLayout.Planar ? index : (index % Shape.Channels * Shape.Height * Shape.Width) + (index / Shape.Channels);
}
