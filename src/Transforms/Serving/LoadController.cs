using AdaptiveInference.ML.Transforms.Diagnostics;
using AdaptiveInference.ML.Transforms.Serving;

namespace AdaptiveInference.ML.Transforms;

/// <summary>
/// Decides how accurate answers can be under the load of the moment: of a ladder of settings the most accurate one with which an image that
/// comes now is answered within the goal. Down at once, up one step at a time.
/// </summary>
/// <remarks>
/// <para>It is told when an image comes, when work on one begins and when it ends, and how many wait; it knows neither network nor
/// transport, and any number of threads may tell it. While nobody waits, nothing is taken from accuracy, however slow the network
/// is.</para>
/// <para>A step up is taken when it has been affordable for <see cref="LoadControllerOptions.HoldMilliseconds"/> and the images that come
/// would not keep its engines busy. Where they would, it is tried all the same, but ever more rarely when it turns out not to hold: clients
/// that wait for one answer before they send the next keep any engine busy and fill no queue.</para>
/// </remarks>
/// <example>
/// <code>
/// var ladder = ComputeLadder.Of(network, data);
/// var load = new LoadController(TimeSpan.FromMilliseconds(20), ladder.Steps.Select(step => step.ComputeFraction));
/// load.Arrived(waiting: 3);
/// var step = load.Begin(waiting: 2);                         // score with ladder.Steps[step].Network
/// load.End(step, TimeSpan.FromMilliseconds(12), computeFraction: 0.4);
/// </code>
/// </example>
public sealed class LoadController
{
    // Of the goal. What is not seen here, such as the transport, needs some of it too.
    private const double ShareOfGoal = 0.8;

    // Above it queues grow long by chance alone.
    private const double MostUtilisation = 0.85;

    // Holds for a step that is only tried, in multiples of the ordinary one: at first, and at most.
    private const double FirstTrial = 4;
    private const double LastTrial = 64;

    private readonly Lock _lock = new();
    private readonly TimeProvider _clock;
    private readonly long _start;
    private readonly double _goal;
    private readonly double _hold;
    private readonly int _engines;
    private readonly string _name;
    private readonly ServiceTimes _times;
    private ArrivalRate _rate;
    private double _affordableSince;
    private double _triedAt = double.NegativeInfinity;
    private double _trial;
    private int _step;

    /// <summary>Makes a controller at the most accurate step.</summary>
    /// <param name="wholeNetwork">Time of one image through the whole network on an idle machine, decoding excluded.</param>
    /// <param name="computeFractions">
    /// For each step, the most accurate first, the mean compute fraction of its images; learnt further while images are answered.
    /// </param>
    /// <param name="options">Null takes the defaults.</param>
    /// <param name="clock">Null is the system's.</param>
    /// <exception cref="ArgumentException">
    /// There is no step, a fraction or the time is not above 0, or an option is out of range; in this case the message lists them all.
    /// </exception>
    public LoadController(
        TimeSpan wholeNetwork, IEnumerable<double> computeFractions, LoadControllerOptions? options = null, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(computeFractions);
        double[] fractions = [.. computeFractions];
        if (fractions.Length == 0 || fractions.Any(fraction => !(fraction > 0 && double.IsFinite(fraction))))
        {
            throw new ArgumentException("Give a compute fraction above 0 for each step, and at least one step.", nameof(computeFractions));
        }

        if (wholeNetwork <= TimeSpan.Zero)
        {
            throw new ArgumentException($"The time of an image must be above 0, got {wholeNetwork}.", nameof(wholeNetwork));
        }

        Options = options ?? new LoadControllerOptions();
        Options.Check();
        _clock = clock ?? TimeProvider.System;
        _start = _clock.GetTimestamp();
        _goal = ShareOfGoal * Options.TargetMilliseconds / 1000;
        _hold = Options.HoldMilliseconds / 1000;
        _trial = FirstTrial;
        _engines = Options.Engines;
        _name = Options.Name;
        _times = new ServiceTimes(wholeNetwork.TotalSeconds, fractions);
    }

    /// <summary>What it keeps to.</summary>
    public LoadControllerOptions Options { get; }

    /// <summary>Number of steps.</summary>
    public int Steps => _times.Count;

    /// <summary>The step that is used now; 0 is the most accurate.</summary>
    public int Step
    {
        get
        {
            lock (_lock)
            {
                return _step;
            }
        }
    }

    /// <summary>An image has come.</summary>
    /// <param name="waiting">Images that wait for an engine, this one included if it does.</param>
    public void Arrived(int waiting)
    {
        lock (_lock)
        {
            var now = Now();
            _rate.Add(now);
            Update(now, waiting);
        }
    }

    /// <summary>Work on an image begins.</summary>
    /// <param name="waiting">Images that still wait.</param>
    /// <returns>The step to use.</returns>
    public int Begin(int waiting)
    {
        lock (_lock)
        {
            Update(Now(), waiting);
            return _step;
        }
    }

    /// <summary>Work on an image has ended.</summary>
    /// <param name="step">The step that it was scored with.</param>
    /// <param name="busy">How long the engine was busy with it.</param>
    /// <param name="computeFraction">What it cost.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such step.</exception>
    public void End(int step, TimeSpan busy, double computeFraction)
    {
        CheckStep(step);
        lock (_lock)
        {
            _times.Learn(step, busy.TotalSeconds, computeFraction);
        }
    }

    /// <summary>
    /// The queue is full: goes to the least accurate step at once.
    /// </summary>
    /// <returns>False when it was in use already, so that there is nothing left but to refuse.</returns>
    public bool Relieve()
    {
        lock (_lock)
        {
            if (_step == Steps - 1)
            {
                return false;
            }

            Fall(Steps - 1, Now());
            return true;
        }
    }

    /// <summary>Mean compute fraction of a step's images, of late.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such step.</exception>
    public double ComputeFraction(int step)
    {
        CheckStep(step);
        lock (_lock)
        {
            return _times.FractionOf(step);
        }
    }

    /// <summary>How long an engine is expected to be busy with an image at a step.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such step.</exception>
    public TimeSpan Expected(int step)
    {
        CheckStep(step);
        lock (_lock)
        {
            return TimeSpan.FromSeconds(_times.Of(step));
        }
    }

    private void CheckStep(int step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(step, Steps);
    }

    private double Now() => _clock.GetElapsedTime(_start).TotalSeconds;

    private void Update(double now, int waiting)
    {
        var step = _step;
        while (step < Steps - 1 && !Fits(step, waiting))
        {
            step++;
        }

        if (step > _step)
        {
            Fall(step, now);
        }
        else
        {
            Climb(now, waiting);
        }

        Instruments.BudgetLevel.Record(_step, new KeyValuePair<string, object?>(TagNames.Controller, _name));
    }

    // Whether an image that comes now is answered in time: those that wait share the engines, and then it is its own turn.
    private bool Fits(int step, int waiting)
        => waiting <= 0 || (((double)waiting / _engines) + 1) * _times.Of(step) <= _goal;

    private void Fall(int step, double now)
    {
        if (now - _triedAt < _trial * _hold)
        {
            _trial = Math.Min(2 * _trial, LastTrial);
        }

        (_step, _affordableSince, _triedAt) = (step, now, double.NegativeInfinity);
    }

    // In a loop: after a pause in which nothing was told, it may have been affordable for several steps.
    private void Climb(double now, int waiting)
    {
        while (_step > 0)
        {
            if (!Fits(_step - 1, waiting))
            {
                _affordableSince = now;
                return;
            }

            var isTrial = _rate.At(now) * _times.Of(_step - 1) > MostUtilisation * _engines;
            var hold = isTrial ? _trial * _hold : _hold;
            if (now - _affordableSince < hold)
            {
                return;
            }

            // A trial that has held until the next one was none.
            _trial = !isTrial || double.IsFinite(_triedAt) ? FirstTrial : _trial;
            _triedAt = isTrial ? now : double.NegativeInfinity;
            (_step, _affordableSince) = (_step - 1, _affordableSince + hold);
        }
    }
}
