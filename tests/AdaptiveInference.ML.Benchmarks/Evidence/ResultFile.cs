namespace AdaptiveInference.ML.Benchmarks.Evidence;

/// <summary>Results, one JSON object a line. Of two for one run the later one counts.</summary>
internal static class ResultFile
{
    public static IReadOnlyList<EvidenceResult> Read(IEnumerable<string> files)
        => [.. files.SelectMany(JsonLines.Read<EvidenceResult>)
            .GroupBy(result => (result.Set, result.Row, result.Seed, result.Epochs)).Select(same => same.Last())];

    /// <summary>Writes results anew, in a fixed order so that two versions of the file can be compared.</summary>
    public static void Write(string file, IEnumerable<EvidenceResult> results)
        => JsonLines.Write(file, results.OrderBy(result => (result.Epochs, result.Row, result.Seed)));

    public static void Append(string file, EvidenceResult result) => JsonLines.Append(file, result);
}
