using System.Text.Json;

namespace AdaptiveInference.ML.Benchmarks;

/// <summary>Results in a file, one JSON object a line. Lines are only ever added.</summary>
internal static class JsonLines
{
    private const int Attempts = 100;

    public static IEnumerable<T> Read<T>(string file) => File.Exists(file)
        ? File.ReadLines(file).Where(line => line.Length > 0).Select(line => JsonSerializer.Deserialize<T>(line)!)
        : [];

    /// <summary>Writes the whole file anew.</summary>
    public static void Write<T>(string file, IEnumerable<T> results)
        => File.WriteAllLines(file, results.Select(result => JsonSerializer.Serialize(result)));

    /// <summary>Adds a line in one write, while no other process does.</summary>
    public static void Append<T>(string file, T result)
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
