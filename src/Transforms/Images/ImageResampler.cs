using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AdaptiveInference.ML.Transforms.Images;

/// <summary>
/// Resizes an image that is given row by row, so that memory is in proportion to the result and not to the image.
/// </summary>
/// <remarks>
/// Written here, and not left to the image library, because a prediction must not depend on which version of a native library or which
/// processor resized the image: products are added in one order, without fused operations, so the same rows give the same pixels
/// everywhere.
/// </remarks>
internal sealed class ImageResampler
{
    /// <summary>Bytes of a source pixel and floats of a target pixel.</summary>
    public const int Channels = 4;

    private readonly ResampleWeights _columns;
    private readonly ResampleWeights _rows;
    private readonly int _newHeight;
    private readonly int _newWidth;
    private readonly float[] _narrowed;
    private int _row;
    private int _unfinished;

    /// <param name="height">Rows that will be given.</param>
    /// <param name="width">Pixels of a row.</param>
    /// <param name="newHeight">Rows of the result.</param>
    /// <param name="newWidth">Pixels of a row of the result.</param>
    /// <param name="rows">The rows that are seen; null for all. See <see cref="ResampleWeights"/>.</param>
    /// <param name="columns">The part of a row that is seen; null for all of it.</param>
    public ImageResampler(int height, int width, int newHeight, int newWidth, AxisWindow? rows = null, AxisWindow? columns = null)
    {
        _columns = ResampleWeights.Of(width, columns ?? new AxisWindow(0, width), newWidth);
        _rows = ResampleWeights.Of(height, rows ?? new AxisWindow(0, height), newHeight);
        (_newHeight, _newWidth) = (newHeight, newWidth);
        _narrowed = new float[checked(newWidth * Channels)];
        Result = new float[checked(newHeight * newWidth * Channels)];
    }

    /// <summary>The resized image once all rows were added: height, width, channels.</summary>
    public float[] Result { get; }

    /// <summary>Adds the next row: four bytes a pixel, all <c>width</c> of them.</summary>
    public unsafe void Add(byte* row)
    {
        while (_unfinished < _newHeight && _rows.End(_unfinished) <= _row)
        {
            _unfinished++;
        }

        // Rows above and below a crop count for nothing.
        if (_unfinished < _newHeight && _rows.First(_unfinished) <= _row)
        {
            Count(row);
        }

        _row++;
    }

    private unsafe void Count(byte* row)
    {
        fixed (float* narrowed = _narrowed)
        {
            Narrow(row, narrowed);
        }

        // Each source row counts for the target rows whose range holds it; both ends of the ranges rise with the target row.
        for (var y = _unfinished; y < _newHeight && _rows.First(y) <= _row && _row < _rows.End(y); y++)
        {
            MultiplyAdd(_narrowed, _rows.Of(y)[_row - _rows.First(y)], Result.AsSpan(y * _narrowed.Length, _narrowed.Length));
        }
    }

    private unsafe void Narrow(byte* row, float* narrowed)
    {
        for (var x = 0; x < _newWidth; x++)
        {
            var sum = Vector128<float>.Zero;
            var pixel = (uint*)row + _columns.First(x);
            foreach (var weight in _columns.Of(x))
            {
                var bytes = Vector128.CreateScalarUnsafe(*pixel++).AsByte();
                var numbers = Vector128.ConvertToSingle(Vector128.WidenLower(Vector128.WidenLower(bytes)).AsInt32());
                sum += numbers * weight;
            }

            sum.Store(narrowed + (x * Channels));
        }
    }

    /// <summary>Adds one row times its weight to another, without fused operations.</summary>
    public static void MultiplyAdd(ReadOnlySpan<float> source, float weight, Span<float> target)
    {
        var from = MemoryMarshal.Cast<float, Vector<float>>(source);
        var to = MemoryMarshal.Cast<float, Vector<float>>(target);
        for (var i = 0; i < from.Length; i++)
        {
            to[i] += from[i] * weight;
        }

        for (var i = from.Length * Vector<float>.Count; i < source.Length; i++)
        {
            target[i] += source[i] * weight;
        }
    }
}
