using System.Text.Json;

namespace AdaptiveInference.ML.Benchmarks.Evidence;

/// <summary>Results, one JSON object a line. Lines are only ever added; of two for one run the later one counts.</summary>
internal static class ResultFile
{
    private const int Attempts = 100;

    public static IReadOnlyList<EvidenceResult> Read(IEnumerable<string> files)
        => [.. files.Where(File.Exists).SelectMany(File.ReadLines).Where(line => line.Length > 0)
            .Select(line => JsonSerializer.Deserialize<EvidenceResult>(line)!)
            .GroupBy(result => (result.Row, result.Seed, result.Epochs)).Select(same => same.Last())];

    /// <summary>Writes results anew, in a fixed order so that two versions of the file can be compared.</summary>
    public static void Write(string file, IEnumerable<EvidenceResult> results)
        => File.WriteAllLines(
            file, results.OrderBy(result => (result.Epochs, result.Row, result.Seed)).Select(result => JsonSerializer.Serialize(result)));

    /// <summary>Adds a line in one write, while no other process does.</summary>
    public static void Append(string file, EvidenceResult result)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(result).Append((byte)'\n').ToArray();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var stream = new FileStream(file, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
                stream.Write(line);
                stream.Flush(flushToDisk: true);
                return;
            }
            catch (IOException) when (attempt < Attempts)
            {
                Thread.Sleep(Random.Shared.Next(50));
            }
        }
    }
}
