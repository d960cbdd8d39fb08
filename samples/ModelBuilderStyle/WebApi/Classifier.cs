using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using AdaptiveInference.ML.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;
using SkiaSharp;

namespace ModelBuilderStyle.WebApi;

/// <summary>
/// The trained model behind a pool of prediction engines. An engine is for one caller at a time and keeps its buffers; the network behind
/// all engines is one and the same. As many images are worked on at a time as there are engines.
/// </summary>
/// <remarks>
/// The transformer itself could be called by all threads, but for single images it is the slower way: it is bound to its columns anew for
/// every request, which takes ten times as long as the prediction of a small image.
/// </remarks>
public sealed class Classifier : IDisposable
{
    private readonly EngineQueue _queue;
    private readonly ConcurrentBag<PredictionEngine<FashionClassifier.ModelInput, FashionClassifier.ModelOutput>> _engines = [];
    private readonly ApiSettings _settings;
    private readonly string[] _classes;
    private readonly string[] _blocks;

    private Classifier(MLContext mlContext, ITransformer model, ApiSettings settings)
    {
        _settings = settings;
        _queue = new EngineQueue(settings.Engines, settings.MaxWaiting);
        var network = FindNetwork(model) ?? throw new InvalidOperationException("it holds no gated residual network.");
        var shape = network.ImageShape;
        var blank = BlankImage(shape.Width, shape.Height);
        for (var i = 0; i < settings.Engines; i++)
        {
            var engine = mlContext.Model.CreatePredictionEngine<FashionClassifier.ModelInput, FashionClassifier.ModelOutput>(
                model, new PredictionEngineOptions { OwnsTransformer = false });

            // The first prediction costs a hundred times the others, and shows whether the model reads image files at all.
            engine.Predict(new FashionClassifier.ModelInput { ImageSource = blank });
            _engines.Add(engine);
        }

        _classes = [.. network.ClassNames];
        _blocks = [.. network.Blocks.Select(block => block.Name)];
        Health = new Health(
            "Healthy",
            Path.GetFileName(settings.Model),
            string.Create(CultureInfo.InvariantCulture, $"{network.Network}-{network.Architecture.Depth}"),
            [shape.Channels, shape.Height, shape.Width],
            _blocks.Length,
            network.FullMacs,
            network.ClassNames);
    }

    /// <summary>What this classifier is.</summary>
    public Health Health { get; }

    /// <summary>Loads the model and makes the engines.</summary>
    /// <exception cref="ModelFileException">
    /// The file is missing, or is not a model that this service can use; the message says why.
    /// </exception>
    public static Classifier Load(ApiSettings settings)
    {
        var path = Path.GetFullPath(settings.Model);
        if (!File.Exists(path))
        {
            throw new ModelFileException(
                $"The model file '{path}' does not exist: train it with 'dotnet run -c Release --project samples/ModelBuilderStyle' and "
                + "name it with '--model PATH'.");
        }

        var mlContext = new MLContext();
        try
        {
            return new Classifier(mlContext, LoadModel(mlContext, path), settings);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or FormatException)
        {
            // It has no network, or other columns than the sample's.
            throw new ModelFileException($"The model file '{path}' cannot be used: {exception.GetBaseException().Message}", exception);
        }
    }

    /// <summary>Decodes and classifies an image file.</summary>
    /// <exception cref="RequestProblem">It is no image, a damaged one, or one with too many pixels; or too many are waiting.</exception>
    /// <exception cref="OperationCanceledException">The caller went away while it waited for an engine.</exception>
    public Task<Prediction> PredictAsync(byte[] image, CancellationToken cancellation)
        => PredictAsync(image, ImageHeader.CountPixels(image, _settings.MaxImagePixels), new EngineQueue.Flow(), cancellation);

    /// <summary>Classifies several image files side by side.</summary>
    /// <returns>One answer per file, in order.</returns>
    /// <exception cref="RequestProblem">
    /// Together they have too many pixels, or at least one file cannot be classified; the problem then names all of these.
    /// </exception>
    /// <exception cref="OperationCanceledException">The caller went away.</exception>
    public async Task<IReadOnlyList<FilePrediction>> PredictAsync(IReadOnlyList<UploadedImage> images, CancellationToken cancellation)
    {
        var problems = new ConcurrentDictionary<int, RequestProblem>();
        var pixels = CountPixels(images, problems);
        var answers = new FilePrediction[images.Count];
        var flow = new EngineQueue.Flow();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = _settings.Engines, CancellationToken = cancellation };
        await Parallel.ForAsync(0, images.Count, parallel, async (i, token) =>
        {
            if (problems.ContainsKey(i))
            {
                return;
            }

            try
            {
                answers[i] = new FilePrediction(images[i].Name, await PredictAsync(images[i].Bytes, pixels[i], flow, token));
            }
            catch (RequestProblem problem) when (problem.Status != StatusCodes.Status503ServiceUnavailable)
            {
                problems[i] = problem;
            }
        });
        return problems.IsEmpty ? answers : throw Join(images, problems);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        while (_engines.TryTake(out var engine))
        {
            engine.Dispose();
        }
    }

    private static RequestProblem Join(IReadOnlyList<UploadedImage> images, IReadOnlyDictionary<int, RequestProblem> problems)
        => new(
            problems.MinBy(problem => problem.Key).Value.Status,
            $"{problems.Count} of {images.Count} images cannot be classified; none was.")
        {
            Files = problems.OrderBy(problem => problem.Key).GroupBy(problem => images[problem.Key].Name)
                .ToDictionary(file => file.Key, file => file.Select(problem => problem.Value.Message).ToArray()),
        };

    private static ITransformer LoadModel(MLContext mlContext, string path)
    {
        try
        {
            return mlContext.Model.Load(path, out _);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // ML.NET wraps what its loaders throw and reports files that it cannot read in many ways; what says why is the innermost
            // exception about the format.
            FormatException? format = null;
            for (var inner = exception; inner is not null; inner = inner.InnerException)
            {
                format = inner as FormatException ?? format;
            }

            throw new ModelFileException(
                $"The model file '{path}' cannot be used: {format?.Message ?? "it is no ML.NET model, or a damaged one."}", exception);
        }
    }

    private static byte[] BlankImage(int width, int height)
    {
        using var bitmap = new SKBitmap(width, height);
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, quality: 100);
        return png.ToArray();
    }

    private static GatedResNetTransformer? FindNetwork(ITransformer model) => model switch
    {
        GatedResNetTransformer network => network,
        IEnumerable<ITransformer> chain => chain.Select(FindNetwork).FirstOrDefault(network => network is not null),
        _ => null,
    };

    private long[] CountPixels(IReadOnlyList<UploadedImage> images, ConcurrentDictionary<int, RequestProblem> problems)
    {
        var pixels = new long[images.Count];
        for (var i = 0; i < images.Count; i++)
        {
            try
            {
                pixels[i] = ImageHeader.CountPixels(images[i].Bytes, _settings.MaxImagePixels);
            }
            catch (RequestProblem problem)
            {
                problems[i] = problem;
            }
        }

        var all = pixels.Sum();
        return all <= _settings.MaxBatchPixels
            ? pixels
            : throw new RequestProblem(
                StatusCodes.Status413PayloadTooLarge,
                $"The images of one batch may have at most {_settings.MaxBatchPixels} pixels together; these have {all}.");
    }

    private async Task<Prediction> PredictAsync(byte[] image, long pixels, EngineQueue.Flow flow, CancellationToken cancellation)
    {
        using var engine = await _queue.WaitAsync(flow, pixels, cancellation);
        var start = Stopwatch.GetTimestamp();
        var output = Predict(image);
        return Answer(output, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }

    private FashionClassifier.ModelOutput Predict(byte[] image)
    {
        if (!_engines.TryTake(out var engine))
        {
            throw new InvalidOperationException("There are as many engines as callers that are let through.");
        }

        try
        {
            return engine.Predict(new FashionClassifier.ModelInput { ImageSource = image });
        }
        catch (FormatException error)
        {
            throw ImageHeader.Unreadable(image.Length, error.Data["Problem"] as string);
        }
        finally
        {
            _engines.Add(engine);
        }
    }

    private Prediction Answer(FashionClassifier.ModelOutput output, double milliseconds) => new(
        output.PredictedLabel,
        [
            .. _classes.Zip(output.Score, (name, probability) => new ClassScore(name, probability))
                .OrderByDescending(score => score.Probability),
        ],
        [.. _blocks.Zip(output.ExecutionPath, (name, ran) => new BlockStep(name, ran > 0))],
        output.ComputeFraction,
        Math.Round(milliseconds, 3));
}
