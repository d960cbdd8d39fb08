using AdaptiveInference.ML.Transforms.Files;
using ModelBuilderStyle.ImageData;

namespace AdaptiveInference.ML.Benchmarks.Evidence;

/// <summary>
/// A harder data set made of Fashion-MNIST: <see cref="ClutteredImage"/> on canvases of 40×40 pixels. Images for training, validation and
/// testing are made of different images, clutter included. Made once, with a fixed seed, and kept as IDX files.
/// </summary>
internal static class ClutteredData
{
    /// <summary>Pixels of a canvas, one way.</summary>
    public const int Canvas = 40;

    /// <summary>Images to train and validate on; the last tenth is for validation.</summary>
    private const int TrainingImages = 24_000;

    private const int TestImages = 10_000;
    private const int Seed = 1;

    /// <summary>Reads the data set, or makes it where the folder does not have it yet.</summary>
    /// <param name="fashion">Folder of Fashion-MNIST.</param>
    /// <param name="cache">Folder that keeps what was made.</param>
    public static IdxData Read(string fashion, string cache)
    {
        Directory.CreateDirectory(cache);
        if (!File.Exists(Path.Combine(cache, IdxData.LabelsOf(IdxData.TestPart))))
        {
            var train = IdxData.ReadPart(fashion, IdxData.TrainingPart);
            var validation = TrainingImages / 10;
            Write(cache, IdxData.TrainingPart, train, [(0, TrainingImages - validation), (train.Count - validation, train.Count)]);
            Write(cache, IdxData.TestPart, IdxData.ReadPart(fashion, IdxData.TestPart), [(0, TestImages)]);
        }

        return IdxData.Read(cache);
    }

    // Labels last: a folder with the labels of the last part is whole.
    private static void Write(string cache, string part, RawImages source, (int From, int To)[] ranges)
    {
        const int size = Canvas * Canvas;
        var pixels = new byte[ranges.Sum(range => range.To - range.From) * size];
        var labels = new List<byte>();
        foreach (var (from, to) in ranges)
        {
            var canvas = new ClutteredImage(source, from, to, Canvas);
            for (var image = from; image < to; image++)
            {
                // A generator for each image: one image's drawing does not move the next one's.
                canvas.Draw(image, new Random((Seed * 1_000_003) + image), pixels.AsSpan(labels.Count * size, size));
                labels.Add(source.Labels[image]);
            }
        }

        var count = labels.Count;
        AtomicFile.Write(Path.Combine(cache, IdxData.ImagesOf(part)), stream => IdxWriter.Write(stream, [count, Canvas, Canvas], pixels));
        AtomicFile.Write(Path.Combine(cache, IdxData.LabelsOf(part)), stream => IdxWriter.Write(stream, [count], [.. labels]));
    }
}
