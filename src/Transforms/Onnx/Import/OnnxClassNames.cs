using System.Text.Json;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Onnx.Protobuf;

namespace AdaptiveInference.ML.Transforms.Onnx.Import;

/// <summary>Names of the classes where the user gives none.</summary>
internal static class OnnxClassNames
{
    /// <summary>Key under which this library's own exports keep them, as a JSON array.</summary>
    public const string Key = "class_names";

    // Of the largest list that is looked at; names are for people, and a file without them works as well.
    private const int MaximumLength = 16 << 20;

    /// <summary>What the file says where it says so well, otherwise "class 0", "class 1" and so on.</summary>
    public static IReadOnlyList<string> Of(ModelProto model, int classes)
        => Stored(model) is { } names && names.Length == classes
            && names.All(name => !string.IsNullOrEmpty(name)) && names.Distinct().Count() == classes
                ? names
                : ClassLabels.NumberedNames(classes);

    private static string[]? Stored(ModelProto model)
    {
        if (model.MetadataProps.FirstOrDefault(entry => entry.Key == Key) is not { Value.Length: <= MaximumLength } entry)
        {
            return null;
        }

        try
        {
            using var json = JsonDocument.Parse(entry.Value);
            return json.RootElement.ValueKind == JsonValueKind.Array
                && json.RootElement.EnumerateArray().All(name => name.ValueKind == JsonValueKind.String)
                    ? [.. json.RootElement.EnumerateArray().Select(name => name.GetString()!)]
                    : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
