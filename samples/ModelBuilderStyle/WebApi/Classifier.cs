using System.Collections.Concurrent;
using System.Globalization;

namespace ModelBuilderStyle.WebApi;

/// <summary>
/// Classifies images with the model that is in use when a request begins. As many images are worked on at a time as there are engines, and
/// how accurately is decided when work on an image begins.
/// </summary>
internal sealed class Classifier : IDisposable
{
    private readonly EngineQueue _queue;
    private readonly ApiSettings _settings;
    private ServedModel _model;

    /// <summary>Makes a classifier that begins with a model.</summary>
    public Classifier(ServedModel model, ApiSettings settings)
    {
        (_model, _settings) = (model, settings);
        _queue = new EngineQueue(settings.Engines, settings.MaxWaiting, () => Model.Load.Relieve());
    }

    /// <summary>The model that new requests get.</summary>
    public ServedModel Model => Volatile.Read(ref _model);

    /// <summary>Images that wait for an engine.</summary>
    public int Waiting => _queue.Waiting;

    /// <summary>Gives new requests another model; those in flight end with the one that they began with.</summary>
    public void Replace(ServedModel model) => Interlocked.Exchange(ref _model, model).Release();

    /// <summary>Begins a request: the model that it is answered with from beginning to end.</summary>
    public Lease Begin()
    {
        while (true)
        {
            var model = Model;
            if (model.Take())
            {
                return new Lease(model);
            }

            // Replaced in this moment: the next one is there already. Otherwise the service has ended.
            ObjectDisposedException.ThrowIf(ReferenceEquals(model, Model), this);
        }
    }

    /// <summary>Decodes and classifies an image file.</summary>
    /// <exception cref="RequestProblem">
    /// It is no image, a damaged one, or one with too many pixels; or it cannot be answered in time.
    /// </exception>
    /// <exception cref="OperationCanceledException">The caller went away.</exception>
    public async Task<Prediction> PredictAsync(Lease lease, byte[] image, ComputeWish wish, CancellationToken cancellation)
    {
        var pixels = ImageCheck.CountPixels(image, _settings.MaxImagePixels);
        var scored = await RunAsync(
            lease.Model, new EngineQueue.Flow(), pixels, wish, step => lease.Model.Score(image, step), cancellation);
        return lease.Model.AnswerOf(scored);
    }

    /// <summary>Decodes and classifies the files of a batch, side by side.</summary>
    /// <returns>One answer per image, in the same order.</returns>
    /// <exception cref="RequestProblem">
    /// At least one of the images cannot be classified, all have too many pixels together, or they cannot be answered in time.
    /// </exception>
    /// <exception cref="OperationCanceledException">The caller went away.</exception>
    public async Task<IReadOnlyList<FilePrediction>> PredictAsync(
        Lease lease, IReadOnlyList<UploadedImage> images, ComputeWish wish, CancellationToken cancellation)
    {
        var problems = new ConcurrentDictionary<int, RequestProblem>();
        var pixels = CountPixels(images, problems);

        // What is wrong with the request as a whole is said once, and not of each image.
        LeastAccurate(lease.Model, wish);
        var answers = new FilePrediction[images.Count];
        await EachAsync(images.Count, cancellation, async (i, flow, token) =>
        {
            if (problems.ContainsKey(i))
            {
                return;
            }

            try
            {
                var scored = await RunAsync(
                    lease.Model, flow, pixels[i], wish, step => lease.Model.Score(images[i].Bytes, step), token);
                answers[i] = new FilePrediction(images[i].Name, lease.Model.AnswerOf(scored));
            }
            catch (RequestProblem problem) when (problem.Status != StatusCodes.Status503ServiceUnavailable)
            {
                problems[i] = problem;
            }
        });
        return problems.IsEmpty ? answers : throw Join(images, problems);
    }

    /// <summary>Does something for each image of one request, for as many at a time as there are engines.</summary>
    public Task EachAsync(int count, CancellationToken cancellation, Func<int, EngineQueue.Flow, CancellationToken, Task> one)
    {
        var flow = new EngineQueue.Flow();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = _settings.Engines, CancellationToken = cancellation };
        return Parallel.ForAsync(0, count, parallel, async (i, token) => await one(i, flow, token));
    }

    /// <summary>Waits for an engine, chooses how accurate the answer can be, and scores.</summary>
    /// <exception cref="RequestProblem">It cannot be answered in time, or too many are waiting.</exception>
    public async Task<T> RunAsync<T>(
        ServedModel model, EngineQueue.Flow flow, long pixels, ComputeWish wish, Func<int, T> score, CancellationToken cancellation)
    {
        var least = LeastAccurate(model, wish);
        var wait = _queue.WaitAsync(flow, pixels, cancellation);
        model.Load.Arrived(_queue.Waiting);
        using var engine = await wait;
        var step = Math.Max(model.Load.Begin(_queue.Waiting), least);
        if (wish.Left is { } left)
        {
            while (model.Load.Expected(step) > left)
            {
                step = step < model.Steps.Count - 1 ? step + 1 : throw TooLate(wish);
            }
        }

        return score(step);
    }

    /// <inheritdoc />
    public void Dispose() => _model.Release();

    // The first step that a request with a budget may use; refuses what is out of reach before it waits.
    private int LeastAccurate(ServedModel model, ComputeWish wish)
    {
        var last = model.Steps.Count - 1;
        if (wish.Left is { } left && model.Load.Expected(last) * (((double)_queue.Waiting / _settings.Engines) + 1) > left)
        {
            throw TooLate(wish);
        }

        for (var step = 0; step <= last; step++)
        {
            if (wish.Budget is not { } budget || model.BudgetOf(step) <= budget)
            {
                return step;
            }
        }

        // What nobody has measured refuses nobody: the answer says what it took.
        return !model.Steps[last].IsMeasured ? last : throw RequestProblem.Bad(string.Create(
            CultureInfo.InvariantCulture,
            $"The least compute budget that is allowed is {model.BudgetOf(last)}; got {wish.Budget}."));
    }

    private static RequestProblem TooLate(ComputeWish wish) => RequestProblem.Busy("deadline", string.Create(
        CultureInfo.InvariantCulture,
        $"No answer can be ready within {wish.Deadline!.Value.TotalMilliseconds} ms now, not even the least accurate that is allowed."));

    private static RequestProblem Join(IReadOnlyList<UploadedImage> images, IReadOnlyDictionary<int, RequestProblem> problems)
        => new(
            problems.MinBy(problem => problem.Key).Value.Status,
            $"{problems.Count} of {images.Count} images cannot be classified; none was.")
        {
            Files = problems.OrderBy(problem => problem.Key).GroupBy(problem => images[problem.Key].Name)
                .ToDictionary(file => file.Key, file => file.Select(problem => problem.Value.Message).ToArray()),
        };

    private long[] CountPixels(IReadOnlyList<UploadedImage> images, ConcurrentDictionary<int, RequestProblem> problems)
    {
        var pixels = new long[images.Count];
        for (var i = 0; i < images.Count; i++)
        {
            try
            {
                pixels[i] = ImageCheck.CountPixels(images[i].Bytes, _settings.MaxImagePixels);
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

    /// <summary>A model in use by one request.</summary>
    internal sealed class Lease(ServedModel model) : IDisposable
    {
        /// <summary>The model.</summary>
        public ServedModel Model => model;

        /// <inheritdoc />
        public void Dispose() => model.Release();
    }
}
