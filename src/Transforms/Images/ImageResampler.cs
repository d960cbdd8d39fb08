namespace AdaptiveInference.ML.Transforms.Images;

/// <summary>
/// Bilinear resizing that averages when it shrinks (a triangle filter as wide as the step between target pixels).
/// </summary>
/// <remarks>
/// Written here, and not left to the image library, because a prediction must not depend on which version of a native library or which
/// processor resized the image: the same bytes give the same pixels everywhere.
/// </remarks>
internal static class ImageResampler
{
    private const int SourceChannels = 4;
    private const int TargetChannels = 3;

    // What was last used: images of one column are mostly of one size. Replaced as a whole, so any number of threads may read them.
    private static Taps? _columns;
    private static Taps? _rows;

    /// <summary>Resizes four-channel bytes to three-channel floats, both interleaved; the fourth channel is left out.</summary>
    public static void Resize(ReadOnlySpan<byte> source, int height, int width, Span<float> target, int newHeight, int newWidth)
    {
        var columns = TapsOf(ref _columns, width, newWidth);
        var rows = TapsOf(ref _rows, height, newHeight);

        // Columns first, for every source row; rows second.
        var narrowed = new float[height * newWidth * TargetChannels];
        for (var y = 0; y < height; y++)
        {
            var line = source.Slice(y * width * SourceChannels, width * SourceChannels);
            for (var x = 0; x < newWidth; x++)
            {
                float a = 0, b = 0, c = 0;
                var first = columns.First[x];
                foreach (var weight in columns.WeightsOf(x))
                {
                    var pixel = line.Slice(first++ * SourceChannels, TargetChannels);
                    a += weight * pixel[0];
                    b += weight * pixel[1];
                    c += weight * pixel[2];
                }

                var at = ((y * newWidth) + x) * TargetChannels;
                (narrowed[at], narrowed[at + 1], narrowed[at + 2]) = (a, b, c);
            }
        }

        var stride = newWidth * TargetChannels;
        for (var y = 0; y < newHeight; y++)
        {
            var line = target.Slice(y * stride, stride);
            line.Clear();
            var first = rows.First[y];
            foreach (var weight in rows.WeightsOf(y))
            {
                var from = narrowed.AsSpan(first++ * stride, stride);
                for (var i = 0; i < stride; i++)
                {
                    line[i] += weight * from[i];
                }
            }
        }
    }

    private static Taps TapsOf(ref Taps? last, int size, int newSize)
    {
        var taps = Volatile.Read(ref last);
        if (taps is null || taps.Size != size || taps.NewSize != newSize)
        {
            Volatile.Write(ref last, taps = Taps.Of(size, newSize));
        }

        return taps;
    }

    /// <summary>For each target position: the first source position that counts, and the weights from there on.</summary>
    private sealed class Taps(int size, int newSize, int[] first, float[] weights, int[] offsets)
    {
        public int Size { get; } = size;

        public int NewSize { get; } = newSize;

        public int[] First { get; } = first;

        public static Taps Of(int size, int newSize)
        {
            var scale = (double)size / newSize;
            var reach = Math.Max(scale, 1.0);
            var first = new int[newSize];
            var offsets = new int[newSize + 1];
            var weights = new List<float>();
            for (var i = 0; i < newSize; i++)
            {
                var centre = (i + 0.5) * scale;
                var from = Math.Max((int)Math.Floor(centre - reach), 0);
                var to = Math.Min((int)Math.Ceiling(centre + reach), size);
                var raw = Enumerable.Range(from, to - from)
                    .Select(position => Math.Max(0, 1 - (Math.Abs(position + 0.5 - centre) / reach)))
                    .ToArray();
                var sum = raw.Sum();
                first[i] = from;
                weights.AddRange(raw.Select(value => (float)(value / sum)));
                offsets[i + 1] = weights.Count;
            }

            return new Taps(size, newSize, first, [.. weights], offsets);
        }

        public ReadOnlySpan<float> WeightsOf(int position) => weights.AsSpan(offsets[position], offsets[position + 1] - offsets[position]);
    }
}
