using AdaptiveInference.ML.Benchmarks.Evidence;
using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Images;
using Microsoft.ML;
using SkiaSharp;
using ResizingKind = Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind;

namespace AdaptiveInference.ML.Benchmarks.FewImages;

/// <summary>
/// Exit heads for a thousand photos: what decoding, the pass through the network and the fit take. Files are JPEGs of 1 to 4 megapixels
/// with the labelled images on textured ground and under grain, since the data set's own are small.
/// </summary>
internal static class PhotoFitting
{
    public const int Count = 1000;

    private const int Side = 224;
    private const int Quality = 90;
    private const byte GrainAlpha = 40;
    private const int GroundSide = 2500;

    // 3:2, from 1 to 4 megapixels.
    private static readonly int[] Heights = [816, 1000, 1155, 1291, 1414, 1528, 1633];

    public static void Run(FewImagesFolder folder, PhotoFolder data)
    {
        var load = FileToLabelTiming.LoadAverage();
        var photos = Draw(folder, data);
        var megapixels = Enumerable.Range(0, Count).Select(photo => Heights[photo % Heights.Length])
            .Average(height => 1.5 * height * height) / 1e6;
        var megabytes = photos.Average(photo => new FileInfo(photo.Path).Length) / 1e6;
        Console.WriteLine(FormattableString.Invariant(
            $"{Count} JPEG files of {megapixels:F1} megapixels and {megabytes:F2} MB on average"));

        // Files come into the cache of the system, and code is compiled, before anything is measured.
        _ = Decode(photos.Take(50));
        _ = ExitHeadsWay.Fit(new MLContext(1), Small(photos), Side, new ExitHeadsTrainer.Options());
        var (_, decoding) = Effort.Of(() => Decode(photos));
        foreach (var mirrored in (bool[])[false, true])
        {
            var read = new ReadTime();
            var (_, whole) = Effort.Of(() => ExitHeadsWay.Fit(new MLContext(1), photos, Side, new ExitHeadsTrainer.Options
            {
                MirrorImages = mirrored, ValidationGroupColumnName = nameof(Photo.Group), Progress = read,
            }));
            LibTorchRuntime.Start();
            var result = new FittingResult(
                mirrored, Count, megapixels, Environment.ProcessorCount, decoding, read.Seconds, whole, load, Origin.Of(null));
            folder.Add(result);
            Console.WriteLine(FormattableString.Invariant(
                $"mirrored {mirrored}: {whole.Seconds:F1} s ({whole.CpuSeconds:F1} CPU s), of which decoding and the pass ")
                + FormattableString.Invariant($"{read.Seconds:F1} s; decoding alone {decoding.Seconds:F1} s ")
                + FormattableString.Invariant($"({decoding.CpuSeconds:F1} CPU s)"));
        }
    }

    private static IReadOnlyList<Photo> Small(IReadOnlyList<Photo> photos)
        => [.. photos.GroupBy(photo => photo.Label).SelectMany(own => own.Take(4))];

    // As many at a time as there are cores, as a trainer does.
    private static int Decode(IEnumerable<Photo> photos)
    {
        var (shape, count) = (new ImageShape(3, Side, Side), 0);
        Parallel.ForEach(
            photos, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, () => new float[shape.Size],
            (photo, _, pixels) =>
            {
                if (EncodedImage.Read(File.ReadAllBytes(photo.Path), ResizingKind.Fill, shape, pixels) is { } problem)
                {
                    throw new InvalidOperationException(problem);
                }

                Interlocked.Increment(ref count);
                return pixels;
            },
            _ => { });
        return count;
    }

    private static List<Photo> Draw(FewImagesFolder folder, PhotoFolder data)
    {
        // Of every class.
        var labelled = data.Labelled.ToArray();
        new Random(1).Shuffle(labelled);
        Directory.CreateDirectory(folder.Photos);
        using var ground = Noise(SKShader.CreatePerlinNoiseTurbulence(1 / 400f, 1 / 400f, 8, 1), SKColors.Gray, byte.MaxValue);
        using var grain = Noise(SKShader.CreatePerlinNoiseFractalNoise(0.4f, 0.4f, 2, 2), SKColors.Transparent, GrainAlpha);
        return [.. labelled.Take(Count).Select((photo, number) =>
        {
            var path = Path.Combine(folder.Photos, FormattableString.Invariant($"{number}.jpg"));
            if (!File.Exists(path))
            {
                Draw(photo, ground, grain, number, path);
            }

            return new Photo { Path = path, Label = photo.Label, Group = photo.Group };
        })];
    }

    private static void Draw(Photo photo, SKImage ground, SKImage grain, int number, string path)
    {
        var height = Heights[number % Heights.Length];
        var width = 3 * height / 2;
        var random = new Random(number);
        using var surface = SKSurface.Create(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using var image = SKImage.FromEncodedData(photo.Path);
        var (left, top) = (-random.Next(GroundSide - width), -random.Next(GroundSide - height));
        surface.Canvas.DrawImage(ground, left, top);
        using var paint = new SKPaint { FilterQuality = SKFilterQuality.High };
        surface.Canvas.DrawImage(image, SKRect.Create((width - height) / 2f, 0, height, height), paint);
        surface.Canvas.DrawImage(grain, left, top);
        using var picture = surface.Snapshot();
        using var data = picture.Encode(SKEncodedImageFormat.Jpeg, Quality);
        var incomplete = path + ".part";
        File.WriteAllBytes(incomplete, data.ToArray());
        File.Move(incomplete, path, overwrite: true);
    }

    private static SKImage Noise(SKShader shader, SKColor below, byte alpha)
    {
        using var surface = SKSurface.Create(new SKImageInfo(GroundSide, GroundSide, SKColorType.Rgba8888, SKAlphaType.Premul));
        using var paint = new SKPaint { Shader = shader, Color = new SKColor(0, 0, 0, alpha) };
        surface.Canvas.Clear(below);
        surface.Canvas.DrawPaint(paint);
        return surface.Snapshot();
    }

    private sealed class ReadTime : IProgress<ExitHeadsProgress>
    {
        public double Seconds { get; private set; }

        public void Report(ExitHeadsProgress value) => Seconds = value.HeadsFitted == 0 ? value.Elapsed.TotalSeconds : Seconds;
    }
}

/// <summary>What it took to fit exit heads to photos.</summary>
/// <param name="Mirrored">Whether heads learnt from mirrored images too.</param>
/// <param name="Photos">Their number.</param>
/// <param name="Megapixels">Of a photo, on average.</param>
/// <param name="Cores">That the process had.</param>
/// <param name="Decoding">Decoding and resizing alone.</param>
/// <param name="ReadSeconds">Decoding and the pass through the network, wall clock.</param>
/// <param name="Whole">From the files to the model.</param>
/// <param name="LoadBefore">Processes that wanted a core in the minute before; null where the system does not say.</param>
/// <param name="Provenance">Where it was measured.</param>
internal sealed record FittingResult(
    bool Mirrored, int Photos, double Megapixels, int Cores, Effort Decoding, double ReadSeconds, Effort Whole, double? LoadBefore,
    Provenance Provenance);
