using System.Security.Cryptography;
using ModelBuilderStyle.Workers.Messages;
using ModelBuilderStyle.Workers.Storage;

namespace ModelBuilderStyle.Workers.Processing;

/// <summary>
/// From where an image is to its result. As many are decoded and scored at a time as there are engines, and twice as many are in memory, so
/// that engines do not wait for drives and databases.
/// </summary>
internal sealed class ImageScorer : IDisposable
{
    private const int HeldPerEngine = 2;

    private static readonly TimeSpan RootPause = TimeSpan.FromSeconds(1);

    private readonly ModelEngines _model;
    private readonly StoreWriter _store;
    private readonly WorkerState _state;
    private readonly WorkerMetrics _metrics;
    private readonly TimeProvider _clock;
    private readonly int _maxPixels;
    private readonly RootFolder? _root;
    private readonly SemaphoreSlim _held;
    private readonly SemaphoreSlim _engines;
    private int _waiting;

    public ImageScorer(
        ModelEngines model, StoreWriter store, WorkerState state, WorkerMetrics metrics, WorkerSettings settings, TimeProvider clock)
    {
        (_model, _store, _state, _metrics, _clock, _maxPixels) = (model, store, state, metrics, clock, settings.MaxImagePixels);
        _root = (settings.Folder ?? settings.Root) is { } folder ? new RootFolder(folder, settings.MaxImageBytes) : null;
        _held = new SemaphoreSlim(HeldPerEngine * settings.Engines);
        _engines = new SemaphoreSlim(settings.Engines);
    }

    /// <summary>Waits for room in memory for an image. Scoring the image gives it back.</summary>
    public Task EnterAsync(CancellationToken cancellation) => _held.WaitAsync(cancellation);

    /// <summary>Gives back room that no image was scored in.</summary>
    public void Leave() => _held.Release();

    /// <summary>Reads and scores an image, unless the store has its result.</summary>
    /// <param name="source">Where it is.</param>
    /// <param name="mayBeStored">Whether to look there first.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="MessageException">It cannot be scored, however often it is tried.</exception>
    public async Task<StoredResult> ScoreAsync(ImageSource source, bool mayBeStored, CancellationToken cancellation)
    {
        try
        {
            var image = source.Bytes?.ToArray() ?? await ReadAsync(source.Name, cancellation);
            var hash = Convert.ToHexStringLower(SHA256.HashData(image));
            if (mayBeStored && await _store.FindAsync(hash, _model.File.Version, cancellation) is { } stored)
            {
                _metrics.Image("found");
                return stored with { Source = source.Name };
            }

            ImageHeader.CountPixels(image, _maxPixels);
            var (scored, step) = await RunAsync(image, cancellation);
            _metrics.Image("scored");
            return new StoredResult(
                hash, _model.File.Version, scored.Output.PredictedLabel, scored.Output.Score.Max(), scored.Output.ComputeFraction,
                step, _clock.GetUtcNow(), source.Name);
        }
        catch (ImageException error)
        {
            throw new MessageException(error.Message);
        }
        finally
        {
            _held.Release();
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _held.Dispose();
        _engines.Dispose();
    }

    private async Task<(ScoredImage Scored, int Step)> RunAsync(byte[] image, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _waiting);
        _model.Load.Arrived(Waiting());
        try
        {
            await _engines.WaitAsync(cancellation);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }

        try
        {
            var step = _model.Load.Begin(Waiting());
            return (_model.Score(image, step), step);
        }
        finally
        {
            _engines.Release();
        }
    }

    // What waits here, and this worker's share of what waits at the broker.
    private int Waiting() => (int)Math.Min(int.MaxValue, Volatile.Read(ref _waiting) + _state.Backlog);

    private async Task<byte[]> ReadAsync(string path, CancellationToken cancellation)
    {
        if (_root is null)
        {
            throw new MessageException("This worker reads no files: it was started without '--root PATH'.");
        }

        while (true)
        {
            try
            {
                var bytes = _root.Read(path);
                _state.FileProblem = null;
                return bytes;
            }
            catch (IOException error)
            {
                // The folder as a whole has gone: the message waits for it to come back.
                _state.FileProblem = error.Message;
                await Task.Delay(RootPause, _clock, cancellation);
            }
        }
    }
}
