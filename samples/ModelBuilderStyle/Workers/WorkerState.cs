namespace ModelBuilderStyle.Workers;

/// <summary>What stands in a worker's way; health says it.</summary>
internal sealed class WorkerState
{
    private volatile string? _storeProblem;
    private volatile string? _brokerProblem;
    private volatile string? _fileProblem;
    private long _backlog;

    /// <summary>Why results cannot be written; null when they can.</summary>
    public string? StoreProblem
    {
        get => _storeProblem;
        set => _storeProblem = value;
    }

    /// <summary>Why no messages come; null when they do.</summary>
    public string? BrokerProblem
    {
        get => _brokerProblem;
        set => _brokerProblem = value;
    }

    /// <summary>Why files cannot be read; null when they can.</summary>
    public string? FileProblem
    {
        get => _fileProblem;
        set => _fileProblem = value;
    }

    /// <summary>This worker's share of the images that wait in the queue, as far as it knows.</summary>
    public long Backlog
    {
        get => Interlocked.Read(ref _backlog);
        set => Interlocked.Exchange(ref _backlog, value);
    }

    /// <summary>What stands in the way, in sentences; null when nothing does.</summary>
    public string? Problem
        => string.Join(" ", new[] { BrokerProblem, FileProblem, StoreProblem }.OfType<string>()) is { Length: > 0 } text ? text : null;
}
