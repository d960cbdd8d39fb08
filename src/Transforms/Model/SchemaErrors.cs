namespace AdaptiveInference.ML.Transforms.Model;

/// <summary>Errors about columns, in ML.NET's own wording and exception type.</summary>
internal static class SchemaErrors
{
    public const string FeatureRole = "feature";

    public static ArgumentOutOfRangeException Missing(string role, string name, string advice = "")
        => new("inputSchema", $"Could not find {role} column '{name}'{advice}");

    public static ArgumentOutOfRangeException Mismatch(string role, string name, string expected, string actual)
        => new("inputSchema", $"Schema mismatch for {role} column '{name}': expected {expected}, got {actual}");
}
