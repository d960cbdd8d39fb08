namespace ModelBuilderStyle.WebApi;

/// <summary>
/// Counts the bytes of image files in memory, from the first that comes to the answer. When there is no room for more, the request that
/// holds the most gives way: many large uploads cannot keep a small one out. What a client announces but does not send counts nothing.
/// </summary>
/// <param name="most">Most bytes of all requests together.</param>
internal sealed class UploadMemoryLimit(long most)
{
    private readonly Lock _lock = new();
    private readonly HashSet<Holder> _holders = [];
    private long _held;

    /// <summary>All bytes that are held now.</summary>
    public long Total
    {
        get
        {
            lock (_lock)
            {
                return _held;
            }
        }
    }

    /// <summary>Starts to count for a request.</summary>
    /// <param name="gone">Cancelled when its client leaves.</param>
    public Holder Open(CancellationToken gone)
    {
        var holder = new Holder(this, gone);
        lock (_lock)
        {
            _holders.Add(holder);
        }

        return holder;
    }

    private void Add(Holder holder, int bytes)
    {
        lock (_lock)
        {
            while (!holder.GaveWay && _held + bytes > most)
            {
                var largest = _holders.MaxBy(other => other.Bytes)!;
                Remove(largest.Bytes > holder.Bytes + bytes ? largest : holder);
            }

            if (holder.GaveWay)
            {
                throw Full();
            }

            holder.Bytes += bytes;
            _held += bytes;
        }
    }

    private static RequestProblem Full()
        => RequestProblem.Busy(
            "memory", "The images of other requests take all the memory that there is for them. Try again in a second.");

    private void Remove(Holder holder)
    {
        if (_holders.Remove(holder))
        {
            _held -= holder.Bytes;
            holder.GiveWay();
        }
    }

    private void Close(Holder holder)
    {
        lock (_lock)
        {
            if (_holders.Remove(holder))
            {
                _held -= holder.Bytes;
            }
        }
    }

    /// <summary>What one request holds, until it is disposed.</summary>
    internal sealed class Holder : IDisposable
    {
        private readonly UploadMemoryLimit _all;
        private readonly CancellationTokenSource _stop;

        internal Holder(UploadMemoryLimit all, CancellationToken gone)
            => (_all, _stop) = (all, CancellationTokenSource.CreateLinkedTokenSource(gone));

        /// <summary>Cancelled when the client leaves or the request gives way.</summary>
        public CancellationToken Stopped => _stop.Token;

        internal long Bytes { get; set; }

        internal bool GaveWay { get; private set; }

        /// <summary>Counts bytes before they are kept.</summary>
        /// <exception cref="RequestProblem">There is no room for them.</exception>
        public void Add(int bytes) => _all.Add(this, bytes);

        /// <summary>Does the request's work, and says why when it gave way.</summary>
        /// <exception cref="RequestProblem">The request gave way to a smaller one.</exception>
        public async Task<T> RunAsync<T>(Func<Task<T>> work)
        {
            try
            {
                return await work();
            }
            catch (OperationCanceledException) when (GaveWay)
            {
                throw Full();
            }
        }

        /// <inheritdoc />
        public void Dispose()
        {
            _all.Close(this);
            _stop.Dispose();
        }

        // Under the lock, so that it is not disposed meanwhile; those who listen are called elsewhere.
        internal void GiveWay()
        {
            GaveWay = true;
            _ = _stop.CancelAsync();
        }
    }
}
