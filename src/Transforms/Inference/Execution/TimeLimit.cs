using AdaptiveInference.ML.Transforms.Cost;

namespace AdaptiveInference.ML.Transforms.Inference.Execution;

/// <summary>How long one image may take, and how long the way from each head to the next is expected to take.</summary>
internal sealed class TimeLimit
{
    // Where an image is behind the expected times, what is left of its way is expected to be slower too, but by no more than this: a single
    // pause at the beginning says nothing about the rest.
    private const double SlowestPace = 2;

    private readonly TimeProvider _clock;
    private readonly double _limit;
    private readonly double[] _arrivals;
    private readonly double[] _segments;

    /// <param name="limit">For one image.</param>
    /// <param name="times">What the parts take in microseconds with all gates open.</param>
    /// <param name="exits">For each exit in order the index of the block that it stands behind.</param>
    /// <param name="averagesHeads">Whether every head is evaluated, those of exits that are not taken too.</param>
    /// <param name="clock">Null is the system's.</param>
    public TimeLimit(TimeSpan limit, CostTable times, IReadOnlyList<int> exits, bool averagesHeads, TimeProvider? clock = null)
    {
        _clock = clock ?? TimeProvider.System;
        _limit = limit.TotalMicroseconds;
        (_arrivals, _segments) = (new double[exits.Count], new double[exits.Count]);
        var (spent, exit) = (times.Stem, 0);
        for (var block = 0; block < times.Blocks.Length; block++)
        {
            var (body, shortcut, gate) = times.Blocks[block];
            spent += body + shortcut + gate;
            if (exit < exits.Count && exits[exit] == block)
            {
                _arrivals[exit] = spent;
                spent += averagesHeads ? times.Exits[exit] : 0;
                exit++;
            }
        }

        for (exit = 0; exit < exits.Count; exit++)
        {
            var isLast = exit == exits.Count - 1;
            _segments[exit] = isLast ? spent + times.Head - _arrivals[exit] : _arrivals[exit + 1] + times.Exits[exit + 1] - _arrivals[exit];
        }

        First = _arrivals[0] + times.Exits[0];
    }

    /// <summary>When the first head is expected to have answered, in microseconds.</summary>
    public double First { get; }

    /// <summary>A moment, for <see cref="IsNextTooLate"/>.</summary>
    public long Now() => _clock.GetTimestamp();

    /// <summary>Whether the head behind an exit would be late, so that the exit's own answer is the last that can be in time.</summary>
    /// <param name="exit">Where the image is.</param>
    /// <param name="started">When its time began to run.</param>
    /// <param name="entered">When it entered the network.</param>
    public bool IsNextTooLate(int exit, long started, long entered)
    {
        var now = _clock.GetTimestamp();
        var pace = Math.Clamp(Microseconds(entered, now) / _arrivals[exit], 1, SlowestPace);
        return Microseconds(started, now) + (pace * _segments[exit]) > _limit;
    }

    private double Microseconds(long from, long to) => _clock.GetElapsedTime(from, to).TotalMicroseconds;
}
