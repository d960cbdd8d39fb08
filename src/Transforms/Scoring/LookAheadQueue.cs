namespace AdaptiveInference.ML.Transforms.Scoring;

/// <summary>
/// Rows on their way through the cores: read one after another, scored side by side, waited for in order. Nobody waits for a whole group
/// of rows, so no core idles at the end of one.
/// </summary>
/// <remarks>
/// The caller takes part: while the row that it waits for is being scored elsewhere, it scores another. On one core it scores all of them and
/// no other thread is involved. Helpers are pool threads that leave when there is nothing to do; they never block. Rows are claimed and
/// finished without a lock, which cores would meet at several times for every row; only a caller that has nothing left to do sleeps on one.
/// </remarks>
internal sealed class LookAheadQueue
{
    private readonly object _sleep = new();
    private readonly RowScorer _scorer;
    private readonly ScoredPlace[] _places;
    private readonly int _helpers;
    private long _added;
    private long _claimed;
    private long _finished;
    private int _helpersCalled;
    private volatile bool _callerSleeps;

    /// <summary>Makes an empty queue.</summary>
    /// <param name="scorer">Scores a row.</param>
    /// <param name="capacity">Rows that may be on their way.</param>
    /// <param name="cores">Threads that score at the same time, the caller's included.</param>
    public LookAheadQueue(RowScorer scorer, int capacity, int cores)
    {
        _scorer = scorer;
        _places = new ScoredPlace[capacity];
        for (var i = 0; i < capacity; i++)
        {
            _places[i] = new ScoredPlace(scorer.CreateResult());
        }

        _helpers = cores - 1;
    }

    public int Capacity => _places.Length;

    /// <summary>The place of a row, by the row's number from 0.</summary>
    public ScoredPlace this[long row] => _places[row % _places.Length];

    /// <summary>Hands over the next row, whose place the caller has filled.</summary>
    public void Add()
    {
        this[_added].Done = false;

        // A whole fence: a helper that leaves now sees the row, or else is seen to have left.
        Interlocked.Increment(ref _added);
        if (HelperEnters())
        {
            ThreadPool.UnsafeQueueUserWorkItem(static queue => queue.Help(), this, preferLocal: false);
        }
    }

    /// <summary>Comes back when a row is scored; scores others meanwhile.</summary>
    public void WaitFor(long row)
    {
        var place = this[row];
        while (!place.Done)
        {
            if (Claim() is { } other)
            {
                Finish(other);
            }
            else
            {
                SleepUntil(static (_, place) => place.Done, place);
            }
        }
    }

    /// <summary>Forgets the rows that nobody scores yet and comes back when nobody scores any other. Nothing can be added afterwards.</summary>
    public void Stop()
    {
        var claimed = Interlocked.Exchange(ref _claimed, long.MaxValue);
        SleepUntil(static (queue, claimed) => Volatile.Read(ref queue._finished) >= claimed, claimed);
    }

    private void Help()
    {
        do
        {
            while (Claim() is { } place)
            {
                Finish(place);
            }

            Interlocked.Decrement(ref _helpersCalled);
        }
        while (Volatile.Read(ref _claimed) < Volatile.Read(ref _added) && HelperEnters());
    }

    private bool HelperEnters()
    {
        var called = Volatile.Read(ref _helpersCalled);
        while (called < _helpers)
        {
            var before = Interlocked.CompareExchange(ref _helpersCalled, called + 1, called);
            if (before == called)
            {
                return true;
            }

            called = before;
        }

        return false;
    }

    private ScoredPlace? Claim()
    {
        var row = Volatile.Read(ref _claimed);
        while (row < Volatile.Read(ref _added))
        {
            var before = Interlocked.CompareExchange(ref _claimed, row + 1, row);
            if (before == row)
            {
                return this[row];
            }

            row = before;
        }

        return null;
    }

    private void Finish(ScoredPlace place)
    {
        place.Score(_scorer);
        place.Done = true;

        // A whole fence: a caller that falls asleep now sees that the row is done, or else is seen to sleep.
        Interlocked.Increment(ref _finished);
        if (_callerSleeps)
        {
            lock (_sleep)
            {
                Monitor.Pulse(_sleep);
            }
        }
    }

    // Whoever finishes a row wakes the caller, which looks again.
    private void SleepUntil<TWhat>(Func<LookAheadQueue, TWhat, bool> finished, TWhat what)
    {
        lock (_sleep)
        {
            _callerSleeps = true;
            Interlocked.MemoryBarrier();
            while (!finished(this, what))
            {
                Monitor.Wait(_sleep);
            }

            _callerSleeps = false;
        }
    }
}
