using System.Text.Json.Serialization;

namespace ModelBuilderStyle.Workers.Storage;

/// <summary>The one result of an image with a model.</summary>
/// <param name="Image">SHA-256 of the image file, in hexadecimal digits.</param>
/// <param name="Model">First digits of the model file's SHA-256.</param>
/// <param name="Label">Name of the most probable class.</param>
/// <param name="Probability">Its probability.</param>
/// <param name="ComputeFraction">Multiply–accumulates spent on it ÷ those of the network with every block run.</param>
/// <param name="Step">Setting that was used: 0 is the most accurate one, more when the backlog was long.</param>
/// <param name="ScoredAt">When.</param>
/// <param name="Source">The path, or what the sender calls it, under which it came this time.</param>
internal sealed record StoredResult(
    string Image, string Model, string Label, float Probability, float ComputeFraction, int Step, DateTimeOffset ScoredAt,
    [property: JsonPropertyOrder(-1)] string Source);
