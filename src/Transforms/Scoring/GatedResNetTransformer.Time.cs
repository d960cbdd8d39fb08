using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Scoring;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace AdaptiveInference.ML.Transforms;

/// <content>What images take on the machine at hand.</content>
public sealed partial class GatedResNetTransformer
{
    /// <summary>
    /// Microseconds of one image with every block run, without gates and exits, on one core of the machine that measured: a time fraction
    /// of 1. Null until <c>WithTimeBudget</c> has measured; not saved with the model.
    /// </summary>
    public double? FullMicroseconds => Times?.Full;

    /// <summary>
    /// What a single image may take, as <see cref="WithTimeLimit"/> sets it; null for all the time that it needs. Neither saved with the
    /// model nor taken over by the other <c>With…</c> methods, which say so in the log, but for <see cref="WithMonitor"/>.
    /// </summary>
    public TimeSpan? TimeLimit => Limits?.PerImage;

    /// <summary>What the parts take on this machine, in microseconds; null until it was measured.</summary>
    internal CostTable? Times
    {
        get;
        private init
        {
            field = value;
            if (value is not null)
            {
                (Blocks, Exits) = (BlockTimes.Of(Blocks, value), BlockTimes.Of(Exits, value));
            }
        }
    }

    internal MeasuredTimeLimits? Limits { get; private init; }

    /// <summary>
    /// As <see cref="WithComputeBudget(IDataView, double)"/>, but the budget is a share of this machine's time and not of
    /// multiply–accumulates. The first are what a user waits for, and a fraction of the others is another fraction of the time wherever
    /// late stages have small maps.
    /// </summary>
    /// <param name="calibrationData">
    /// Unlabelled images like those to be scored, with the feature column; read once. See
    /// <see cref="WithComputeBudget(IDataView, double)"/>.
    /// </param>
    /// <param name="fraction">
    /// Wanted mean of the time that images take, above 0; 1 is every block run, without gates and exits. Time to read and decode images is
    /// not part of it.
    /// </param>
    /// <returns>
    /// A new transformer, whose <see cref="Blocks"/>, <see cref="Exits"/> and <see cref="FullMicroseconds"/> say what was measured.
    /// The column <c>ComputeFraction</c> still counts multiply–accumulates.
    /// </returns>
    /// <remarks>
    /// Every block, gate and head is timed on one core, for about a second in all. On another machine thresholds that are saved with the
    /// model stay as they are, and take another share of its time: choose them where the model is used. Measured times vary a little, and
    /// so may the thresholds from call to call.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The fraction is not above 0, or below what the network can reach; the message says what it can.
    /// </exception>
    /// <exception cref="ArgumentException">There are no rows.</exception>
    /// <exception cref="FormatException">The image of a row cannot be read.</exception>
    /// <example>
    /// <code>
    /// var halfTheTime = network.WithTimeBudget(data, fraction: 0.5);
    /// var quick = network.WithTimeBudget(data, TimeSpan.FromMilliseconds(2));
    /// </code>
    /// </example>
    public GatedResNetTransformer WithTimeBudget(IDataView calibrationData, double fraction)
    {
        ArgumentNullException.ThrowIfNull(calibrationData);
        return ForTime(calibrationData, fraction, labelColumnName: null);
    }

    /// <summary>As <see cref="WithTimeBudget(IDataView, double)"/>, with the time itself in place of a fraction.</summary>
    /// <param name="calibrationData">Unlabelled images like those to be scored, with the feature column; read once.</param>
    /// <param name="perImage">
    /// Wanted mean time of an image in the network on one core, above 0. Time to read and decode images is not part of it.
    /// </param>
    /// <returns>A new transformer, whose infos say what was measured.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The time is not above 0, or below what the network can reach; the message says what it can.
    /// </exception>
    /// <exception cref="ArgumentException">There are no rows.</exception>
    /// <exception cref="FormatException">The image of a row cannot be read.</exception>
    public GatedResNetTransformer WithTimeBudget(IDataView calibrationData, TimeSpan perImage)
    {
        ArgumentNullException.ThrowIfNull(calibrationData);
        return ForTime(calibrationData, perImage);
    }

    /// <summary>
    /// The same network, in which an image that would take too long leaves at the last exit that is in time, however unsure its answer is.
    /// </summary>
    /// <param name="perImage">
    /// What one image may take, above 0: from reading and decoding it to its scores. Within it exits' thresholds decide as before.
    /// </param>
    /// <returns>
    /// A new transformer, whose <see cref="Blocks"/>, <see cref="Exits"/> and <see cref="FullMicroseconds"/> say what was measured; this
    /// one does not change. <see cref="Guarantee"/> and <see cref="Refusal"/> are given up, because what is certified does not depend on
    /// how busy a machine is. Call this last, but for <see cref="WithMonitor"/>.
    /// </returns>
    /// <remarks>
    /// <para>The network is timed here and now, for about a second: on one core as the rows of <see cref="Transform"/> are scored, and on
    /// all cores as a <see cref="PredictionEngine{TSrc, TDst}"/> scores a large image. At each exit the clock is read; where the next
    /// answer would be late, going by these times and by how far behind them the image is, the exit's answer is taken. So an image is late
    /// by no more than the way between two exits (or to the first), which nothing interrupts, and by what the machine makes it wait
    /// there.</para>
    /// <para>For networks of milliseconds. Where an image takes some hundred microseconds, an ordinary pause of the process is longer than
    /// all of it. Answers then depend on the moment: do not use it where the same image must have the same answer.</para>
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="perImage"/> is not above 0.</exception>
    /// <exception cref="InvalidOperationException">The network has no exits, or no classes.</exception>
    /// <example>
    /// <code>
    /// var punctual = network.WithComputeBudget(data, 0.5).WithTimeLimit(TimeSpan.FromMilliseconds(40));
    /// </code>
    /// </example>
    public GatedResNetTransformer WithTimeLimit(TimeSpan perImage)
    {
        RequireClasses();
        if (perImage <= TimeSpan.Zero)
        {
            throw new ArgumentOutOfRangeException(
                nameof(perImage),
                FormattableString.Invariant($"The time limit of an image must be above 0, got {perImage.TotalMilliseconds} ms."));
        }

        if (Exits.Count == 0)
        {
            throw new InvalidOperationException(
                "This network has no early exits, so that it has no answer before its last. Add exits: with ExitOptions of the trainers, "
                + "or Trainers.ExitHeads.");
        }

        var limits = MeasuredTimeLimits.Measure(Plan, perImage);
        if (limits.Single.First > perImage.TotalMicroseconds)
        {
            using var channel = _environment.Start("Time");
            channel.Warning(MessageSensitivity.None, "{0}", FormattableString.Invariant(
                $"The time limit is {perImage.TotalMilliseconds} ms, and the first exit's answer alone takes about ")
                + FormattableString.Invariant($"{limits.Single.First / 1000:0.###} ms here: every image will leave there, and be late."));
        }

        return Without(nameof(WithTimeLimit), Model.With(Model.Policy, allChosen: false), _plan, limits.Times, limits, Calibration);
    }

    private string? Limited()
        => TimeLimit is { } limit ? FormattableString.Invariant($"An image has {limit.TotalMilliseconds:0.###} ms at most.") : null;
}
