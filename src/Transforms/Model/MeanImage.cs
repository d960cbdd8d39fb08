namespace AdaptiveInference.ML.Transforms.Model;

/// <summary>
/// A mean for each place of the image, where a network was trained with one (AlexNet's and CNTK's recipe) and not with a mean for each
/// channel.
/// </summary>
internal sealed class MeanImage
{
    private readonly float[] _values;

    /// <param name="shape">Its size.</param>
    /// <param name="values">Planar C, H, W, in the units of the pixels.</param>
    /// <exception cref="ArgumentException">There are too few or too many values, or some are not finite.</exception>
    public MeanImage(ImageShape shape, float[] values)
    {
        if (values.Length != shape.Size || !FiniteFloats.All(values))
        {
            throw new ArgumentException($"A mean image of {shape} must have {shape.Size} finite values, got {values.Length}.");
        }

        (Shape, _values) = (shape, values);
    }

    public ImageShape Shape { get; }

    public ReadOnlySpan<float> Values => _values;

    /// <summary>The means for images of another size: bilinear between the middles of its pixels, the outermost ones beyond them.</summary>
    /// <returns>Planar C, H, W.</returns>
    public float[] For(ImageShape image)
    {
        if (image.Equals(Shape))
        {
            return _values;
        }

        var result = new float[image.Size];
        var (rows, columns) = (Places(Shape.Height, image.Height), Places(Shape.Width, image.Width));
        var to = 0;
        for (var channel = 0; channel < image.Channels; channel++)
        {
            var plane = _values.AsSpan(channel * Shape.Height * Shape.Width, Shape.Height * Shape.Width);
            foreach (var row in rows)
            {
                var above = plane.Slice(row.First * Shape.Width, Shape.Width);
                var below = plane.Slice(row.Second * Shape.Width, Shape.Width);
                foreach (var column in columns)
                {
                    var upper = above[column.First] + (column.Share * (above[column.Second] - above[column.First]));
                    var lower = below[column.First] + (column.Share * (below[column.Second] - below[column.First]));
                    result[to++] = upper + (row.Share * (lower - upper));
                }
            }
        }

        return result;
    }

    private static (int First, int Second, float Share)[] Places(int from, int to)
    {
        var places = new (int, int, float)[to];
        for (var i = 0; i < to; i++)
        {
            var place = Math.Clamp(((i + 0.5) * from / to) - 0.5, 0, from - 1);
            var first = (int)place;
            places[i] = (first, Math.Min(first + 1, from - 1), (float)(place - first));
        }

        return places;
    }
}
