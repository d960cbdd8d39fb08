using AdaptiveInference.ML.Reports.Drawing;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Images;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Reports.Data;

/// <summary>
/// The column that thumbnails are made of. Encoded images keep their proportions; pixels are shown as the network reads them.
/// </summary>
internal sealed class PictureColumn
{
    private readonly ImageColumn _images;

    private PictureColumn(ImageColumn images) => _images = images;

    public DataViewSchema.Column Column => _images.Column;

    /// <summary>The column that the options or the model name; null when neither does.</summary>
    /// <exception cref="ArgumentException">
    /// The options name a column that holds no images, or that does not say how large they are.
    /// </exception>
    public static PictureColumn? Of(DataViewSchema schema, AdaptiveReportOptions options)
    {
        var name = options.ImageColumnName ?? options.Model?.Columns.Features;
        if (name is null)
        {
            return null;
        }

        // Without a model, encoded images need some shape to be read at all; thumbnails choose their own.
        var isEncoded = schema.GetColumnOrNull(name)?.Type is VectorDataViewType vector && vector.ItemType == NumberDataViewType.Byte;
        var shape = options.Model?.ImageShape ?? (isEncoded ? new ImageShape(3, Thumbnail.MaximumSide, Thumbnail.MaximumSide) : null);
        return new PictureColumn(ImageColumn.Of(schema, name, shape, options.Model?.Model.FlatLayout ?? default));
    }

    /// <summary>Makes the function that gives the current row's thumbnail.</summary>
    public Func<Thumbnail?> Bind(DataViewRow row)
    {
        var slot = new ImageSlot();
        var capture = _images.BindCapture(row);
        return () =>
        {
            capture(slot);
            if (!_images.HasBytePixels)
            {
                var pixels = new float[_images.Shape.Size];
                _images.Decode(slot, pixels, row.Position);
                return Thumbnail.OfPixels(pixels, _images.Shape);
            }

            if (slot.Image is { } image)
            {
                return Thumbnail.OfImage(image);
            }

            // A row that was scored was decoded before; a different column may still hold something else.
            return Thumbnail.OfFile([.. slot.Bytes.DenseValues()]);
        };
    }
}
