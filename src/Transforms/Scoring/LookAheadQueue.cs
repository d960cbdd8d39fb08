namespace AdaptiveInference.ML.Transforms.Scoring;

/// <summary>
/// Rows on their way through the cores: read one after another, scored side by side, waited for in order. Nobody waits for a whole group
/// of rows, so no core idles at the end of one.
/// </summary>
/// <remarks>
/// The caller takes part: while the row that it waits for is being scored elsewhere, it scores another. On one core it scores all of them and
/// no other thread is involved. Helpers are pool threads that leave when there is nothing to do; they never block.
/// </remarks>
internal sealed class LookAheadQueue
{
    private readonly object _lock = new();
    private readonly RowScorer _scorer;
    private readonly ScoredPlace[] _places;
    private readonly int _helpers;
    private long _added;
    private long _claimed;
    private int _helpersCalled;
    private int _inWork;
    private bool _callerWaits;

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

    /// <summary>Comes back when a row is scored; scores others meanwhile.</summary>
    public void WaitFor(long row)
    {
        var place = this[row];
        while (true)
        {
            ScoredPlace? other;
            lock (_lock)
            {
                if (place.Done)
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

    /// <summary>Forgets the rows that nobody scores yet and comes back when nobody scores any other.</summary>
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
            ScoredPlace? place;
            lock (_lock)
            {
                place = Claim();
                if (place is null)
                {
                    _helpersCalled--;
                    return;
                }
            }

            Finish(place);
        }
    }

    private ScoredPlace? Claim()
    {
        if (_claimed == _added)
        {
            return null;
        }

        _inWork++;
        return this[_claimed++];
    }

    private void Finish(ScoredPlace place)
    {
        place.Score(_scorer);
        lock (_lock)
        {
            place.Done = true;
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
