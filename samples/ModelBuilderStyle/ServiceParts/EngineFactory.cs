using System.Diagnostics;
using AdaptiveInference.ML.Transforms;
using Microsoft.ML;
using SkiaSharp;

namespace ModelBuilderStyle.ServiceParts;

/// <summary>
/// Makes engines of a model's pipeline with its network at one setting or another, and finds out with them what it can do.
/// </summary>
/// <param name="file">The model.</param>
/// <param name="settings">How many engines there are of a kind.</param>
internal sealed class EngineFactory(ModelFile file, EngineSettings settings)
{
    private const int TimedPredictions = 9;

    private readonly FashionClassifier.ModelInput _blank = new()
    {
        ImageSource = BlankImage(file.Network.ImageShape.Width, file.Network.ImageShape.Height),
    };

    /// <summary>Channels, height and width.</summary>
    public IReadOnlyList<int> Shape { get; } =
        [file.Network.ImageShape.Channels, file.Network.ImageShape.Height, file.Network.ImageShape.Width];

    /// <summary>Engines for image files.</summary>
    /// <exception cref="InvalidOperationException">The model has other columns than the sample's.</exception>
    public EnginePool<FashionClassifier.ModelInput> Files(GatedResNetTransformer network) => Files(network, settings.Engines);

    /// <summary>Engines for pixels.</summary>
    public EnginePool<PixelInput> Pixels(GatedResNetTransformer network) => Pixels(network, settings.Engines);

    /// <summary>Whether there can be engines for pixels: not where a step before the network wants a file.</summary>
    public bool ReadsPixels()
    {
        try
        {
            Pixels(file.Network, engines: 1).Dispose();
            return true;
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or FormatException)
        {
            return false;
        }
    }

    /// <summary>The settings that load and requests may choose from.</summary>
    /// <param name="limit">Why there are no more.</param>
    /// <exception cref="ModelFileException">There are no calibration images where they should be.</exception>
    public IReadOnlyList<ComputeStep> Steps(out string? limit)
    {
        var options = new ComputeLadderOptions
        {
            FromWholeNetwork = settings.WholeNetworkWhenIdle, LeastComputeFraction = settings.LeastComputeBudget,
            Steps = settings.Ladder ? new ComputeLadderOptions().Steps : 1,
        };
        using var engine = Files(file.Network, engines: 1);
        var images = settings.Ladder && settings.CalibrationImages is { } folder
            ? file.Context.Data.LoadFromEnumerable(CalibrationFolder.Read(folder, settings, image => engine.Predict(image)))
            : null;
        var ladder = ComputeLadder.Of(file.Network, images, options);
        limit = settings.Ladder ? ladder.Limit : settings.LadderSetting;
        return ladder.Steps;
    }

    /// <summary>
    /// How long an image takes in the whole network. Without exits, or a blank image may leave at the first; gates may still skip, so that
    /// its time is scaled.
    /// </summary>
    public TimeSpan WholeTime()
    {
        using var whole = Files(file.Network.WithExitConfidence(1), engines: 1);
        var times = new TimeSpan[TimedPredictions];
        for (var i = 0; i < times.Length; i++)
        {
            var start = Stopwatch.GetTimestamp();
            var output = whole.Predict(_blank);
            times[i] = Stopwatch.GetElapsedTime(start) / output.ComputeFraction;
        }

        return times.Min();
    }

    private EnginePool<FashionClassifier.ModelInput> Files(GatedResNetTransformer network, int engines)
    {
        var model = ReferenceEquals(network, file.Network) ? file.Pipeline : file.Pipeline.WithAdaptiveNetwork(network);
        return new EnginePool<FashionClassifier.ModelInput>(
            engines,
            () => file.Context.Model.CreatePredictionEngine<FashionClassifier.ModelInput, FashionClassifier.ModelOutput>(
                model, new PredictionEngineOptions { OwnsTransformer = false }),
            _blank);
    }

    private EnginePool<PixelInput> Pixels(GatedResNetTransformer network, int engines)
    {
        var model = file.Pipeline.WithAdaptiveNetwork(network);
        return new EnginePool<PixelInput>(
            engines,
            () => file.Context.Model.CreatePredictionEngine<PixelInput, FashionClassifier.ModelOutput>(
                model, new PredictionEngineOptions { OwnsTransformer = false, InputSchemaDefinition = PixelInput.Schema(Shape) }),
            new PixelInput { ImageSource = new float[Shape.Aggregate(1, (size, side) => size * side)] });
    }

    private static byte[] BlankImage(int width, int height)
    {
        using var bitmap = new SKBitmap(width, height);
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, quality: 100);
        return png.ToArray();
    }
}
