using AdaptiveInference.ML.Benchmarks.FewImages;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Images;
using Microsoft.ML;
using Microsoft.ML.Transforms.Image;

namespace AdaptiveInference.ML.Benchmarks.TrainingSpeed;

/// <summary>Fine-tuning of the pretrained network on colour images, both sides' part of it.</summary>
internal static class PhotoFit
{
    public const int BatchSize = GatedResNetTrainerOptions.DefaultBatchSize;

    private const int WarmUpBatches = 2;
    private const float LearningRate = 0.005f;

    public static (IDataView Images, IDataView WarmUp, ResNetTrainer.Options Options) Of(MLContext context, SpeedSettings settings)
    {
        var photos = Photos(settings);
        return (
            PhotoPipeline.Labelled(context, photos),
            PhotoPipeline.Labelled(context, [.. photos.Take(WarmUpBatches * settings.BatchSize)]),
            new ResNetTrainer.Options
            {
                FeatureColumnName = PhotoPipeline.Image,
                ImageShape = Shape(settings),
                Architecture = ResNetArchitecture.ImageNet([2, 2, 2, 3]),
                InitialModel = context.Model.PretrainedResNet18(PhotoPipeline.Image),
                BatchSize = settings.BatchSize,
                LearningRate = LearningRate,
                Augmentation = ImageAugmentation.Flip,
            });
    }

    /// <summary>
    /// The same images decoded and resized, and the number of each one's class: what the other side reads in place of the files.
    /// </summary>
    public static void WritePixels(SpeedSettings settings, string folder)
    {
        var photos = Photos(settings);
        var classes = photos.Select(photo => photo.Label).Distinct().Order(StringComparer.Ordinal).ToList();
        var shape = Shape(settings);
        var pixels = new float[shape.Channels * shape.Height * shape.Width];
        using var stream = File.Create(Path.Combine(folder, "pixels.bin"));
        foreach (var photo in photos)
        {
            var file = File.ReadAllBytes(photo.Path);
            if (EncodedImage.Read(file, ImageResizingEstimator.ResizingKind.Fill, shape, pixels) is { } problem)
            {
                throw new BenchmarkArgumentException($"{photo.Path}: {problem}");
            }

            stream.Write([.. pixels.Select(value => (byte)Math.Round(value))]);
        }

        File.WriteAllBytes(
            Path.Combine(folder, "labels.bin"), [.. photos.Select(photo => (byte)classes.IndexOf(photo.Label))]);
    }

    private static ImageShape Shape(SpeedSettings settings) => new(3, settings.Side, settings.Side);

    // In one order on both sides, classes mixed: the other side holds the first tenth out.
    private static Photo[] Photos(SpeedSettings settings)
    {
        Photo[] photos = [.. PhotoFolder.Read(settings.Data).Training];
        new Random(1).Shuffle(photos);
        return [.. photos.Take(settings.Images ?? photos.Length)];
    }
}
