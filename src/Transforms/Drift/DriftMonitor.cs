using AdaptiveInference.ML.Transforms.Diagnostics;
using AdaptiveInference.ML.Transforms.Drift;
using AdaptiveInference.ML.Transforms.Files;

namespace AdaptiveInference.ML.Transforms;

/// <summary>
/// Watches whether a network in use still answers as the whole network would: a small share of images is run through the whole network
/// too, and disagreements are counted against what is allowed, with a test that may be looked at after every row.
/// </summary>
/// <remarks>
/// <para>Given to <see cref="GatedResNetTransformer.WithMonitor"/>, it is fed by whatever scores with the result: <c>Transform</c> and
/// prediction engines, from any number of threads. Who finds out in another way whether an answer holds uses <see cref="Record"/>.</para>
/// <para>It needs no labels, and so it notices that answers differ more often from those of the whole network than was promised, not that
/// the whole network itself has become worse.</para>
/// <para>Rows are numbered as they are scored, and numbers are drawn: rows that are scored twice count twice. One monitor watches one
/// setting of one network.</para>
/// </remarks>
/// <example>
/// <code>
/// var monitor = new DriftMonitor(new DriftMonitorOptions { AllowedRate = 0.01 });
/// var watched = network.WithMonitor(monitor);                // scores as network does
/// Console.WriteLine(monitor.Report);                         // at any time, from any thread
/// </code>
/// </example>
public sealed class DriftMonitor
{
    private readonly Lock _lock = new();
    private readonly BreakEvidence _evidence;
    private readonly RowDraw _draw;
    private long _seen;
    private long _disagreements;

    /// <summary>Makes a monitor that has seen nothing.</summary>
    /// <param name="options">Null takes the defaults.</param>
    /// <exception cref="ArgumentException">One or more options are out of range; the message lists them all.</exception>
    public DriftMonitor(DriftMonitorOptions? options = null)
    {
        Options = options ?? new DriftMonitorOptions();
        Options.Check();
        _evidence = new BreakEvidence(Options.AllowedRate);
        _draw = new RowDraw(Options.Share, Options.Seed);
    }

    internal DriftMonitor(DriftState state)
    {
        Options = state.Options;
        _evidence = new BreakEvidence(Options.AllowedRate, state.RowsChecked, state.Bets, state.Largest);
        _draw = new RowDraw(Options.Share, Options.Seed);
        _seen = state.RowsSeen;
        _disagreements = state.Disagreements;
    }

    /// <summary>What it watches for.</summary>
    public DriftMonitorOptions Options { get; }

    /// <summary>
    /// What metrics call it, where a process has several: the attribute <c>adaptive_inference.monitor</c>. Not saved. Empty by default.
    /// </summary>
    public string Name { get; set; } = "";

    /// <summary>What is known at the moment: all numbers of one instant.</summary>
    public DriftReport Report
    {
        get
        {
            var state = State();
            var (lower, upper) = DisagreementRateBounds.Of(state.RowsChecked, state.Disagreements, Options.Confidence);
            return new DriftReport
            {
                Verdict = state.Largest * (1 - Options.Confidence) >= 1 ? DriftVerdict.Broken
                    : upper <= Options.AllowedRate && state.Total <= 1 ? DriftVerdict.Holds
                    : DriftVerdict.InDoubt,
                RowsSeen = state.RowsSeen,
                RowsChecked = state.RowsChecked,
                Disagreements = state.Disagreements,
                Rate = (double)state.Disagreements / state.RowsChecked,
                LowerBound = lower,
                UpperBound = upper,
                AllowedRate = Options.AllowedRate,
                Confidence = Options.Confidence,
                Level = 1 / state.Largest,
            };
        }
    }

    /// <summary>
    /// Counts a row that the caller checked: for those who compare in another way, such as with what a person said later. Such rows
    /// must be chosen without regard to how they turn out.
    /// </summary>
    /// <param name="disagrees">Whether the answer did not hold.</param>
    public void Record(bool disagrees)
    {
        Interlocked.Increment(ref _seen);
        Add(disagrees);
    }

    /// <summary>The sentence of <see cref="Report"/>.</summary>
    public override string ToString() => Report.ToString();

    /// <summary>Writes options and counts as a small JSON file, so that a service that is started again goes on counting.</summary>
    /// <param name="path">File to write; it appears only when it is complete.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path) => AtomicFile.Write(path, Save);

    /// <summary>Writes options and counts as JSON.</summary>
    /// <param name="stream">Receives them; left open.</param>
    public void Save(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        stream.Write(DriftJson.Write(State()));
    }

    /// <summary>Reads a monitor that <see cref="Save(string)"/> wrote, which goes on counting.</summary>
    /// <param name="path">The file.</param>
    /// <returns>A monitor with the same options and counts.</returns>
    /// <exception cref="FormatException">The file is not what a monitor wrote.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static DriftMonitor Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var stream = File.OpenRead(path);
        return new DriftMonitor(DriftJson.Read(stream, $"'{path}'"));
    }

    /// <summary>Reads a monitor that <see cref="Save(Stream)"/> wrote.</summary>
    /// <param name="stream">Read to its end; left open.</param>
    /// <returns>A monitor with the same options and counts.</returns>
    /// <exception cref="FormatException">The stream is not what a monitor wrote.</exception>
    public static DriftMonitor Load(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return new DriftMonitor(DriftJson.Read(stream, "The stream"));
    }

    /// <summary>Numbers the next row and says whether it is to be checked, which <see cref="Add"/> then counts.</summary>
    internal bool Draws() => _draw.Takes(Interlocked.Increment(ref _seen));

    /// <summary>Counts the outcome of a check.</summary>
    internal void Add(bool disagrees)
    {
        lock (_lock)
        {
            _disagreements += disagrees ? 1 : 0;
            _evidence.Add(disagrees);
        }

        if (DriftTelemetry.IsWanted)
        {
            var report = Report;
            DriftTelemetry.Checked(Name, disagrees, (int)report.Verdict, report.Level);
        }
    }

    private DriftState State()
    {
        lock (_lock)
        {
            // Every checked row was numbered before.
            return new DriftState
            {
                Options = Options,
                RowsSeen = Interlocked.Read(ref _seen),
                RowsChecked = _evidence.Rows,
                Disagreements = _disagreements,
                Bets = _evidence.Bets.ToArray(),
                Largest = _evidence.Largest,
                Total = _evidence.Total,
            };
        }
    }
}
