namespace ModelBuilderStyle.WebApi;

/// <summary>
/// Says which image is next when more of them wait than there are engines. Every request gets a fair share of the engines' time, measured
/// in pixels: fair queueing by finish times (Demers, Keshav and Shenker, 1989). A request for one small image goes before the images of a
/// batch that has had its share, and before large images that came with it; no image waits for ever, because the clock passes its finish
/// time.
/// </summary>
/// <remarks>
/// An image that is being decoded cannot be interrupted, so large images never hold the last engine: a small one then waits at most for
/// other small ones. With a single engine there is none to keep free.
/// </remarks>
/// <param name="engines">Images that are worked on at the same time.</param>
/// <param name="maxWaiting">
/// Images of requests not yet begun that may wait; when one more comes, the one that would be last is refused.
/// </param>
/// <param name="relieve">
/// Asked before one is refused: true when images have been made to take less time, so that it may stay. Null is no.
/// </param>
internal sealed class EngineQueue(int engines, int maxWaiting, Func<bool>? relieve = null)
{
    /// <summary>Images with more pixels are large. The screenshot of a common display is none.</summary>
    public const int LargeAbove = 2_500_000;

    private static readonly Comparer<Ticket> ByFinish = Comparer<Ticket>.Create(
        (a, b) => (a.Finish, a.Number).CompareTo((b.Finish, b.Number)));

    private readonly Lock _lock = new();
    private readonly SortedSet<Ticket> _small = new(ByFinish);
    private readonly SortedSet<Ticket> _large = new(ByFinish);
    private int _free = engines;
    private int _freeForLarge = Math.Max(1, engines - 1);
    private long _clock;
    private long _tickets;

    /// <summary>Images that wait.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
            {
                return _small.Count + _large.Count;
            }
        }
    }

    /// <summary>Waits until an engine is free for the image; disposing the result gives the engine back.</summary>
    /// <param name="flow">The request that the image belongs to.</param>
    /// <param name="pixels">Pixels of the image.</param>
    /// <param name="cancellation">Leaves the queue.</param>
    /// <exception cref="RequestProblem">The queue is full.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public async Task<IDisposable> WaitAsync(Flow flow, long pixels, CancellationToken cancellation)
    {
        Ticket ticket;
        lock (_lock)
        {
            flow.Finish = Math.Max(_clock, flow.Finish) + pixels;
            ticket = new Ticket(this, flow, flow.Finish, _tickets++, pixels > LargeAbove);
            QueueOf(ticket).Add(ticket);
            StartNext();
            RefuseLast();
        }

        await using var leaving = cancellation.Register(() => Leave(ticket, cancellation));
        return await ticket.Engine;
    }

    private SortedSet<Ticket> QueueOf(Ticket ticket) => ticket.IsLarge ? _large : _small;

    private void StartNext()
    {
        while (_free > 0 && Next() is { } ticket)
        {
            QueueOf(ticket).Remove(ticket);
            _free--;
            _freeForLarge -= ticket.IsLarge ? 1 : 0;
            _clock = Math.Max(_clock, ticket.Finish);
            ticket.Start();
        }
    }

    private Ticket? Next()
    {
        var large = _freeForLarge > 0 ? _large.Min : null;
        return _small.Min is not { } small ? large : large is null || ByFinish.Compare(small, large) < 0 ? small : large;
    }

    private void RefuseLast()
    {
        // What a request has been given already would be lost with it, so only those are refused that have not begun.
        if (_small.Count + _large.Count > maxWaiting
            && _small.Concat(_large).Where(ticket => !ticket.Flow.HasBegun).ToList() is { } fresh && fresh.Count > maxWaiting
            && relieve?.Invoke() != true)
        {
            var last = fresh.Max(ByFinish)!;
            QueueOf(last).Remove(last);
            last.Refuse();
        }
    }

    private void Leave(Ticket ticket, CancellationToken cancellation)
    {
        lock (_lock)
        {
            // One that has got its engine keeps it and gives it back.
            if (QueueOf(ticket).Remove(ticket))
            {
                ticket.Cancel(cancellation);
            }
        }
    }

    private void GiveBack(Ticket ticket)
    {
        lock (_lock)
        {
            _free++;
            _freeForLarge += ticket.IsLarge ? 1 : 0;
            StartNext();
        }
    }

    /// <summary>The images of one request.</summary>
    internal sealed class Flow
    {
        internal long Finish { get; set; }

        internal bool HasBegun { get; set; }
    }

    private sealed class Ticket(EngineQueue queue, Flow flow, long finish, long number, bool isLarge) : IDisposable
    {
        // Callers go on outside of the lock.
        private readonly TaskCompletionSource<IDisposable> _engine = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<IDisposable> Engine => _engine.Task;

        public Flow Flow => flow;

        public long Finish => finish;

        public long Number => number;

        public bool IsLarge => isLarge;

        public void Start()
        {
            flow.HasBegun = true;
            _engine.SetResult(this);
        }

        public void Refuse()
            => _engine.SetException(RequestProblem.Busy("queue", "Too many images are waiting for their turn. Try again in a second."));

        public void Cancel(CancellationToken cancellation) => _engine.SetCanceled(cancellation);

        public void Dispose() => queue.GiveBack(this);
    }
}
