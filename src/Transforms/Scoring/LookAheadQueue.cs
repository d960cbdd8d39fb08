namespace AdaptiveInference.ML.Transforms.Scoring;

/// <summary>
/// Rows that were read ahead: read one after another, scored in parallel, taken in order. There is no barrier after a group of rows, so no
/// core idles at the end of one.
/// </summary>
/// <remarks>
/// The caller takes part: while the row that it waits for is being scored elsewhere, it scores another. On one core it scores all of them
/// and no other thread is involved. Helpers are pool threads that leave when there is nothing to do; they never block.
/// </remarks>
internal sealed class LookAheadQueue
{
    private readonly object _lock = new();
    private readonly RowScorer _scorer;
    private readonly PendingRow[] _rows;
    private readonly int _helpers;
    private long _added;
    private long _claimed;
    private int _helpersCalled;
    private int _inWork;
    private bool _callerWaits;

    /// <summary>Makes an empty queue.</summary>
    /// <param name="scorer">Scores a row.</param>
    /// <param name="capacity">Rows that may be queued at the same time.</param>
    /// <param name="cores">Threads that score at the same time, the caller's included.</param>
    public LookAheadQueue(RowScorer scorer, int capacity, int cores)
    {
        _scorer = scorer;
        _rows = new PendingRow[capacity];
        for (var i = 0; i < capacity; i++)
        {
            _rows[i] = new PendingRow(scorer.CreateResult());
        }

        _helpers = cores - 1;
    }

    public int Capacity => _rows.Length;

    /// <summary>The entry of a row, by the row's number from 0; entries are reused as in a ring buffer.</summary>
    public PendingRow this[long row] => _rows[row % _rows.Length];

    /// <summary>Queues the next row, whose entry the caller has filled.</summary>
    public void Add()
    {
        lock (_lock)
        {
            this[_added].Done = false;
            _added++;
            if (_helpersCalled == _helpers)
            {
                return;
            }

            _helpersCalled++;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static queue => queue.Help(), this, preferLocal: false);
    }

    /// <summary>Returns when a row is scored; scores others meanwhile.</summary>
    public void WaitFor(long row)
    {
        var pending = this[row];
        while (true)
        {
            PendingRow? other;
            lock (_lock)
            {
                if (pending.Done)
                {
                    return;
                }

                other = Claim();
                if (other is null)
                {
                    Wait();
                    continue;
                }
            }

            Finish(other);
        }
    }

    /// <summary>Drops the rows that are not being scored yet and returns when those that are have finished.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _claimed = _added;
            while (_inWork > 0)
            {
                Wait();
            }
        }
    }

    private void Help()
    {
        while (true)
        {
            PendingRow? pending;
            lock (_lock)
            {
                pending = Claim();
                if (pending is null)
                {
                    _helpersCalled--;
                    return;
                }
            }

            Finish(pending);
        }
    }

    private PendingRow? Claim()
    {
        if (_claimed == _added)
        {
            return null;
        }

        _inWork++;
        return this[_claimed++];
    }

    private void Finish(PendingRow pending)
    {
        pending.Score(_scorer);
        lock (_lock)
        {
            pending.Done = true;
            _inWork--;
            if (_callerWaits)
            {
                Monitor.Pulse(_lock);
            }
        }
    }

    private void Wait()
    {
        _callerWaits = true;
        Monitor.Wait(_lock);
        _callerWaits = false;
    }
}
