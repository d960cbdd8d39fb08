using AdaptiveInference.ML.Benchmarks.Evidence;
using AdaptiveInference.ML.Transforms;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Benchmarks.Promises;

/// <summary>Images of none of the network's classes: which score tells them from its own.</summary>
internal static class ForeignImages
{
    /// <summary>The test images of IDX files, or PNG files of a folder, as gray pixels of the network's size, nearest neighbours.</summary>
    public static IEnumerable<float[]> Read(string folder, ImageShape shape)
    {
        if (Directory.EnumerateFiles(folder, "t10k-images*").Any())
        {
            var data = IdxData.Read(folder).Test;
            for (var i = 0; i < data.Count; i++)
            {
                var pixels = IdxData.Pixels(data, i);
                yield return Gray(shape, data.Height, data.Width, (y, x) => pixels[(y * data.Width) + x]);
            }

            yield break;
        }

        foreach (var file in Directory.GetFiles(folder, "*.png", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            using var image = MLImage.CreateFromFile(file);
            var pixels = image.Pixels.ToArray();
            var bytes = image.BitsPerPixel / 8;
            var isBgr = image.PixelFormat == MLPixelFormat.Bgra32;
            yield return Gray(shape, image.Height, image.Width, (y, x) =>
            {
                var place = ((y * image.Width) + x) * bytes;
                var (first, green, last, alpha) = (pixels[place], pixels[place + 1], pixels[place + 2], pixels[place + 3] / 255f);
                var (red, blue) = isBgr ? (last, first) : (first, last);
                return ((0.299f * red) + (0.587f * green) + (0.114f * blue)) * alpha;
            });
        }
    }

    private static float[] Gray(ImageShape shape, int height, int width, Func<int, int, float> grayOf)
    {
        var gray = new float[shape.Height * shape.Width];
        for (var i = 0; i < gray.Length; i++)
        {
            var (y, x) = Math.DivRem(i, shape.Width);
            gray[i] = grayOf(y * height / shape.Height, x * width / shape.Width);
        }

        return [.. Enumerable.Range(0, shape.Channels).SelectMany(_ => gray)];
    }

    /// <summary>
    /// Share of pairs of an own and a foreign image in which the own one has the higher score (area under the ROC curve).
    /// </summary>
    public static double Separation(float[] own, float[] foreign)
    {
        var ordered = own.Order().ToArray();
        return foreign.Average(score =>
        {
            int below = Search(ordered, value => value < score), upTo = Search(ordered, value => value <= score);
            return (ordered.Length - upTo + ((upTo - below) / 2.0)) / ordered.Length;
        });
    }

    private static int Search(float[] ordered, Func<float, bool> isBefore)
    {
        int from = 0, to = ordered.Length;
        while (from < to)
        {
            var middle = (from + to) / 2;
            (from, to) = isBefore(ordered[middle]) ? (middle + 1, to) : (from, middle);
        }

        return from;
    }
}
