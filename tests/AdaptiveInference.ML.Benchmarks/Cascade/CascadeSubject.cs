using System.Runtime.InteropServices;
using AdaptiveInference.ML.Benchmarks.Evidence;
using AdaptiveInference.ML.Benchmarks.FewImages;
using AdaptiveInference.ML.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;
using ModelBuilderStyle.ImageData;
using SkiaSharp;

namespace AdaptiveInference.ML.Benchmarks.Cascade;

/// <summary>One labelled image: the bytes of its file.</summary>
internal sealed class CascadeImage
{
    public string Label { get; set; } = "";

    public string Group { get; set; } = "";

    public byte[] Image { get; set; } = [];
}

/// <summary>A network at two resolutions, and images that neither has learnt from.</summary>
/// <param name="Small">At the smaller one.</param>
/// <param name="Large">At the larger one.</param>
/// <param name="Calibration">To set thresholds on.</param>
/// <param name="Test">To test on.</param>
internal sealed record CascadeSubject(
    GatedResNetTransformer Small, GatedResNetTransformer Large, IReadOnlyList<CascadeImage> Calibration, IReadOnlyList<CascadeImage> Test)
{
    private const int CalibrationImages = 2_000;

    /// <summary>Exit heads on the pretrained network, fitted for each resolution to the training images alone.</summary>
    public static CascadeSubject OfPhotos(MLContext context, string folder, string output, int[] sides)
    {
        Directory.CreateDirectory(output);
        var data = PhotoFolder.Read(folder);
        return new CascadeSubject(Fitted(sides[0]), Fitted(sides[1]), Read(data.Validation), Read(data.Test));

        GatedResNetTransformer Fitted(int side)
        {
            var file = Path.Combine(output, FormattableString.Invariant($"heads-{side}.zip"));
            if (!File.Exists(file))
            {
                var network = ExitHeadsWay.Fit(context, data.Training, side, new ExitHeadsTrainer.Options
                {
                    MirrorImages = true, ValidationGroupColumnName = nameof(Photo.Group),
                });
                context.Model.Save(network, null, file);
                Console.WriteLine($"{network.ImageShape} is fitted.");
            }

            return context.Model.Load(file, out _).AdaptiveNetwork();
        }
    }

    /// <summary>A network that was trained on IDX files, and the same weights at half the resolution.</summary>
    /// <param name="context">ML.NET's.</param>
    /// <param name="folder">The files.</param>
    /// <param name="model">The network.</param>
    /// <param name="refit">Training images to fit exit heads of the small one to; 0 leaves it as it is.</param>
    public static CascadeSubject OfIdx(MLContext context, string folder, string model, int refit)
    {
        var large = context.Model.Load(model, out _).AdaptiveNetwork();
        var (data, shape) = (IdxData.Read(folder), large.ImageShape);
        var all = IdxFiles.Read(Find("train-images-idx3-ubyte"), Find("train-labels-idx1-ubyte"));

        // The last images of the training set have chosen the epoch and nothing else.
        var calibration = Enumerable.Range(all.Count - CalibrationImages, CalibrationImages).Select(i => Png(all, i));
        var small = large.WithImageShape(new ImageShape(shape.Channels, shape.Height / 2, shape.Width / 2));
        var subject = new CascadeSubject(
            small, large, [.. calibration], [.. Enumerable.Range(0, data.Test.Count).Select(i => Png(data.Test, i))]);
        return refit == 0 ? subject : subject with
        {
            Small = context.MulticlassClassification.Trainers.ExitHeads(small, new ExitHeadsTrainer.Options())
                .Fit(subject.Rows(context, [.. Enumerable.Range(0, refit).Select(i => Png(all, i))])),
        };

        string Find(string name)
            => new[] { name, name + ".gz" }.Select(file => Path.Combine(folder, file)).First(File.Exists);
    }

    /// <summary>Images with keys for labels, in the column that the networks read.</summary>
    public IDataView Rows(MLContext context, IReadOnlyList<CascadeImage> images)
    {
        var rows = context.Data.LoadFromEnumerable(images, Schema());
        return context.Transforms.Conversion.MapValueToKey(nameof(CascadeImage.Label)).Fit(rows).Transform(rows);
    }

    public SchemaDefinition Schema()
    {
        var schema = SchemaDefinition.Create(typeof(CascadeImage));
        schema[nameof(CascadeImage.Image)].ColumnName = Large.Columns.Features;
        return schema;
    }

    private static CascadeImage[] Read(IReadOnlyList<Photo> photos)
        => [.. photos.Select(photo => new CascadeImage
        {
            Label = photo.Label, Group = photo.Group, Image = File.ReadAllBytes(photo.Path),
        })];

    private static CascadeImage Png(RawImages images, int index)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(images.Width, images.Height, SKColorType.Gray8));
        Marshal.Copy(images.Pixels(index).ToArray(), 0, bitmap.GetPixels(), images.Size);
        using var encoded = bitmap.Encode(SKEncodedImageFormat.Png, quality: 100);
        var label = images.Labels[index];
        return new CascadeImage
        {
            Label = CascadeProgram.Text($"{label}"), Group = CascadeProgram.Text($"{index}"), Image = encoded.ToArray(),
        };
    }
}
