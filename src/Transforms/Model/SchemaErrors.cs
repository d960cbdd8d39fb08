namespace AdaptiveInference.ML.Transforms.Model;

/// <summary>Errors about columns, in ML.NET's own wording and exception type.</summary>
internal static class SchemaErrors
{
    public const string FeatureRole = "feature";

    // Names of columns that a sentence can hold.
    private const int Most = 10;

    public static ArgumentOutOfRangeException Missing(string role, string name, string advice = "")
        => new("inputSchema", $"Could not find {role} column '{name}'{advice}");

    /// <summary>The error of an image column that is not there, with the columns that are.</summary>
    /// <param name="name">The column.</param>
    /// <param name="present">Names of the columns that are there.</param>
    public static ArgumentOutOfRangeException MissingFeature(string name, IEnumerable<string> present)
    {
        var names = present.Distinct().ToArray();
        var rest = names.Length > Most ? $", … ({names.Length} in all)" : "";
        var there = names.Length == 0 ? "no columns" : $"columns {string.Join(", ", names.Take(Most).Select(one => $"'{one}'"))}{rest}";
        return Missing(
            FeatureRole, name,
            $". There are {there}. Name that of the images: it is the option FeatureColumnName, or the parameter of PretrainedResNet18 or "
            + "AdaptiveFeatures");
    }

    public static ArgumentOutOfRangeException Mismatch(string role, string name, string expected, string actual)
        => new("inputSchema", $"Schema mismatch for {role} column '{name}': expected {expected}, got {actual}");
}
