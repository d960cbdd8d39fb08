using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using AdaptiveInference.ML.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;
using SkiaSharp;

namespace ModelBuilderStyle.WebApi;

/// <summary>
/// The trained model behind a pool of prediction engines. An engine is for one caller at a time and keeps its buffers; the network behind all
/// engines is one and the same. As many images are worked on at a time as there are engines.
/// </summary>
/// <remarks>
/// The transformer itself could be called by all threads, but for single images it is the slower way: it is bound to its columns anew for every
/// request, which takes ten times as long as the prediction of a small image.
/// </remarks>
public sealed class Classifier : IDisposable
{
    private readonly SemaphoreSlim _free;
    private readonly ConcurrentBag<PredictionEngine<FashionClassifier.ModelInput, FashionClassifier.ModelOutput>> _engines = [];
    private readonly ApiSettings _settings;
    private readonly string[] _classes;
    private readonly string[] _blocks;

    private Classifier(MLContext mlContext, ITransformer model, ApiSettings settings)
    {
        _settings = settings;
        _free = new SemaphoreSlim(settings.Engines);
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
    /// <exception cref="ModelFileException">The file is missing, or is not a model that this service can use; the message says why.</exception>
    public static Classifier Load(ApiSettings settings)
    {
        var path = Path.GetFullPath(settings.Model);
        if (!File.Exists(path))
        {
            throw new ModelFileException(
                $"The model file '{path}' does not exist: train it with 'dotnet run -c Release --project samples/ModelBuilderStyle' and name it "
                + "with '--model PATH'.");
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
    /// <exception cref="RequestProblem">It is no image, a damaged one, or one with too many pixels.</exception>
    /// <exception cref="OperationCanceledException">The caller went away while it waited for an engine.</exception>
    public async Task<Prediction> PredictAsync(byte[] image, CancellationToken cancellation)
    {
        await _free.WaitAsync(cancellation);
        try
        {
            var start = Stopwatch.GetTimestamp();
            if (ImageHeader.Check(image, _settings.MaxImagePixels) is { } problem)
            {
                throw problem;
            }

            var output = Predict(image);
            return Answer(output, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        finally
        {
            _free.Release();
        }
    }

    /// <summary>Classifies several image files side by side.</summary>
    /// <returns>One answer per file, in order.</returns>
    /// <exception cref="RequestProblem">At least one file cannot be classified; the problem names all of them.</exception>
    public async Task<IReadOnlyList<FilePrediction>> PredictAsync(IReadOnlyList<UploadedImage> images, CancellationToken cancellation)
    {
        var answers = new FilePrediction[images.Count];
        var problems = new ConcurrentBag<(int Index, RequestProblem Problem)>();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = _settings.Engines, CancellationToken = cancellation };
        await Parallel.ForAsync(0, images.Count, parallel, async (i, token) =>
        {
            try
            {
                answers[i] = new FilePrediction(images[i].Name, await PredictAsync(images[i].Bytes, token));
            }
            catch (RequestProblem problem)
            {
                problems.Add((i, problem));
            }
        });
        return problems.IsEmpty ? answers : throw Join(images, [.. problems.OrderBy(problem => problem.Index)]);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        while (_engines.TryTake(out var engine))
        {
            engine.Dispose();
        }

        _free.Dispose();
    }

    private static RequestProblem Join(IReadOnlyList<UploadedImage> images, (int Index, RequestProblem Problem)[] problems)
        => new(problems[0].Problem.Status, $"{problems.Length} of {images.Count} images cannot be classified; none was.")
        {
            Files = problems.GroupBy(problem => images[problem.Index].Name)
                .ToDictionary(file => file.Key, file => file.Select(problem => problem.Problem.Message).ToArray()),
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
        catch (FormatException)
        {
            throw ImageHeader.Unreadable(image.Length);
        }
        finally
        {
            _engines.Add(engine);
        }
    }

    private Prediction Answer(FashionClassifier.ModelOutput output, double milliseconds) => new(
        output.PredictedLabel,
        [.. _classes.Zip(output.Score, (name, probability) => new ClassScore(name, probability)).OrderByDescending(score => score.Probability)],
        [.. _blocks.Zip(output.ExecutionPath, (name, ran) => new BlockStep(name, ran > 0))],
        output.ComputeFraction,
        Math.Round(milliseconds, 3));
}
