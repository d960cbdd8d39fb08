using System.Data.Common;
using System.Diagnostics;
using System.Threading.Channels;

namespace ModelBuilderStyle.Workers.Storage;

/// <summary>
/// Writes what all messages have led to, as much at once as has come meanwhile: one transaction for many images instead of one for each.
/// </summary>
/// <remarks>
/// A database that does not answer loses nothing: what is to be written is tried again, and messages are kept until it is there.
/// </remarks>
internal sealed partial class StoreWriter : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly ResultStore _store;
    private readonly WorkerState _state;
    private readonly WorkerMetrics _metrics;
    private readonly ILogger<StoreWriter> _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _writing;

    // Bounded, so that a database that is slower than the engines holds them back.
    private readonly Channel<Entry> _entries = Channel.CreateBounded<Entry>(ResultStore.MostAtOnce);

    public StoreWriter(ResultStore store, WorkerState state, WorkerMetrics metrics, ILogger<StoreWriter> log)
    {
        (_store, _state, _metrics, _log) = (store, state, metrics, log);
        _writing = Task.Run(WriteAllAsync);
    }

    /// <summary>Waits until a result is in the store.</summary>
    /// <returns>What is there: another worker may have been quicker.</returns>
    /// <exception cref="OperationCanceledException">The worker ends first.</exception>
    public async Task<StoredResult> WriteAsync(StoredResult result, CancellationToken cancellation)
    {
        var entry = new Entry(result);
        await _entries.Writer.WriteAsync(entry, cancellation);
        return await entry.Written.Task.WaitAsync(cancellation);
    }

    /// <summary>Looks for a result, until the database answers.</summary>
    /// <exception cref="OperationCanceledException">The worker ends first.</exception>
    public Task<StoredResult?> FindAsync(string image, string model, CancellationToken cancellation)
        => InsistAsync(token => _store.FindAsync(image, model, token), cancellation);

    /// <summary>Makes the tables where they are not there, as soon as the database answers.</summary>
    /// <exception cref="OperationCanceledException">The worker ends first.</exception>
    /// <exception cref="InvalidOperationException">The store is none, and waiting would not help.</exception>
    public Task PrepareAsync(CancellationToken cancellation) => InsistAsync(
        async token =>
        {
            try
            {
                await _store.PrepareAsync(token);
                return true;
            }
            catch (DbException error) when (Sqlite.IsLasting(error))
            {
                throw new InvalidOperationException(
                    $"{WorkerSettings.Section}:{nameof(WorkerSettings.Store)} is no file that results can be written to: {error.Message}",
                    error);
            }
        },
        cancellation);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _entries.Writer.TryComplete();
        await _stop.CancelAsync();
        await _writing;
        _stop.Dispose();
        await _store.DisposeAsync();
    }

    private async Task WriteAllAsync()
    {
        var batch = new List<Entry>();
        try
        {
            while (await _entries.Reader.WaitToReadAsync(_stop.Token))
            {
                batch.Clear();
                while (batch.Count < ResultStore.MostAtOnce && _entries.Reader.TryRead(out var entry))
                {
                    batch.Add(entry);
                }

                var start = Stopwatch.GetTimestamp();
                var stored = await InsistAsync(token => _store.WriteAsync([.. batch.Select(entry => entry.Result)], token), _stop.Token);
                _metrics.Stored(batch.Count, Stopwatch.GetElapsedTime(start));
                foreach (var (entry, result) in batch.Zip(stored))
                {
                    entry.Written.SetResult(result);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The worker ends: nothing of this is in the store, and its messages are handed out again.
            batch.ForEach(entry => entry.Written.TrySetCanceled());
        }
    }

    private async Task<T> InsistAsync<T>(Func<CancellationToken, Task<T>> doAsync, CancellationToken cancellation)
    {
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                var result = await doAsync(cancellation);
                _state.StoreProblem = null;
                return result;
            }
            catch (Exception error) when (error is DbException or IOException or TimeoutException or System.Net.Sockets.SocketException)
            {
                cancellation.ThrowIfCancellationRequested();
                var problem = $"The store does not take results: {error.GetBaseException().Message}";
                if (_state.StoreProblem != problem)
                {
                    Fails(_log, problem);
                }

                _state.StoreProblem = problem;
                await Task.Delay(pause, cancellation);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Problem} It is tried again until it does; nothing is lost.")]
    private static partial void Fails(ILogger log, string problem);

    private sealed record Entry(StoredResult Result)
    {
        // Messages go on outside of the loop that writes.
        public TaskCompletionSource<StoredResult> Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
