using System.Text.Json;
using AdaptiveInference.ML.Transforms.Files;

namespace AdaptiveInference.ML.Benchmarks.Evidence;

/// <summary>How a model came about, kept beside it: it may be tested later and on another machine.</summary>
/// <param name="Seconds">Processor seconds so far.</param>
/// <param name="InSinglePrecision">
/// Whether an epoch ran on a processor without bfloat16 instructions, so that mixed precision was not used.
/// </param>
/// <param name="Provenance">Where the last epoch ran.</param>
internal sealed record TrainingRecord(double Seconds, bool InSinglePrecision, Provenance Provenance)
{
    /// <returns>Null when there is none.</returns>
    public static TrainingRecord? Read(string file)
        => File.Exists(file) ? JsonSerializer.Deserialize<TrainingRecord>(File.ReadAllText(file)) : null;

    public void Write(string file) => AtomicFile.Write(file, stream => JsonSerializer.Serialize(stream, this));
}
