using System.Numerics.Tensors;

namespace AdaptiveInference.ML.Transforms.ExitHeads;

/// <summary>What one head reads of every image, and behind that of every mirrored image where those are learnt from too.</summary>
/// <param name="rows">[row]: inputs, padded with zeros.</param>
/// <param name="length">Inputs without the padding.</param>
/// <param name="images">Number of images; the rest of the rows are their mirror images in the same order.</param>
internal sealed class HeadInputs(float[][] rows, int length, int images)
{
    public float[][] Rows => rows;

    public int Length => length;

    public int Images => images;

    /// <summary>Rows of images, and those of their mirror images.</summary>
    public int[] WithMirrored(int[] chosen)
        => rows.Length == images ? chosen : [.. chosen, .. chosen.Select(image => images + image)];

    /// <summary>Labels of all rows.</summary>
    public int[] LabelsOf(int[] labels) => rows.Length == images ? labels : [.. labels, .. labels];

    /// <summary>Brings every input to mean 0 and variance 1, in place. One that never changes becomes 0.</summary>
    /// <param name="chosen">Images whose mean and variance count; null for all.</param>
    public Standardisation Standardise(int[]? chosen)
    {
        var counted = WithMirrored(chosen ?? [.. Enumerable.Range(0, images)]);
        double[] mean = new double[length], squares = new double[length];
        foreach (var row in counted)
        {
            for (var i = 0; i < length; i++)
            {
                mean[i] += rows[row][i];
                squares[i] += (double)rows[row][i] * rows[row][i];
            }
        }

        float[] shift = new float[rows[0].Length], scale = new float[rows[0].Length];
        for (var i = 0; i < length; i++)
        {
            var average = mean[i] / counted.Length;
            var variance = (squares[i] / counted.Length) - (average * average);
            shift[i] = -(float)average;

            // Below this the variance is what rounding left of a constant.
            scale[i] = variance > 1e-10 * Math.Max(average * average, 1e-10) ? (float)(1 / Math.Sqrt(variance)) : 0;
        }

        foreach (var row in rows)
        {
            TensorPrimitives.Add(row, shift, row);
            TensorPrimitives.Multiply(row, scale, row);
        }

        return new Standardisation(shift, scale);
    }
}
