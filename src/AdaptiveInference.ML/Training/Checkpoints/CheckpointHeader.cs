using System.Text.Json;
using System.Text.Json.Serialization;

namespace AdaptiveInference.ML.Training.Checkpoints;

/// <summary>The part of a checkpoint file that comes before the tensors, as JSON.</summary>
internal sealed record CheckpointHeader
{
    /// <summary>Version of the format that this code writes and reads.</summary>
    public const int CurrentFormat = 1;

    // Strict, because a file that says more, less or other than this code writes was not written by it.
    private static readonly JsonSerializerOptions Json = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
    };

    public required int Format { get; init; }

    public required IReadOnlyDictionary<string, string> Fingerprint { get; init; }

    public required int Seed { get; init; }

    public required int Stage { get; init; }

    public required int EpochsDone { get; init; }

    /// <summary>Highest validation score so far. The name in the file is the format's.</summary>
    [JsonPropertyName("BestMerit")]
    public required double BestScore { get; init; }

    /// <summary>See <see cref="Optimisation.BestWeights.State.ReferenceScore"/>. The name in the file is the format's.</summary>
    [JsonPropertyName("Mark")]
    public required double ReferenceScore { get; init; }

    public required int Waited { get; init; }

    public required bool HasBest { get; init; }

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    /// <exception cref="JsonException">Not such a header.</exception>
    public static CheckpointHeader FromJson(byte[] json)
        => JsonSerializer.Deserialize<CheckpointHeader>(json, Json) ?? throw new JsonException("the header is empty");
}
