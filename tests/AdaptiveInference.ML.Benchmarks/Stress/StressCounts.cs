using System.Collections.Concurrent;

namespace AdaptiveInference.ML.Benchmarks.Stress;

/// <summary>What became of all requests; any number of clients count.</summary>
internal sealed class StressCounts
{
    private readonly ConcurrentDictionary<(string Kind, string Outcome), int> _counts = [];

    /// <summary>What should not have been, a line each.</summary>
    public ConcurrentQueue<string> Faults { get; } = [];

    public void Add(string kind, string outcome) => _counts.AddOrUpdate((kind, outcome), 1, (_, count) => count + 1);

    public void Fault(string kind, string outcome, string line)
    {
        Add(kind, outcome);
        Faults.Enqueue(line);
    }

    /// <summary>The table's rows.</summary>
    public IEnumerable<string> Rows() => _counts.OrderBy(count => count.Key).Select(
        count => $"| {count.Key.Kind} | {count.Key.Outcome} | {count.Value} |");
}
