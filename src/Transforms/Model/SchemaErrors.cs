using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Model;

/// <summary>Errors about columns, in ML.NET's own wording and exception type.</summary>
internal static class SchemaErrors
{
    public const string FeatureRole = "feature";

    // Names of columns that a sentence can hold.
    private const int Most = 10;

    public static ArgumentOutOfRangeException Missing(
        string role, string name, string advice = "", string parameter = ColumnRole.InputSchema)
        => new(parameter, $"Could not find {role} column '{name}'{advice}");

    /// <summary>The error of a column that is not there, with the columns that are and the option that names it.</summary>
    /// <param name="role">What it is for.</param>
    /// <param name="name">The column.</param>
    /// <param name="present">Names of the columns that are there.</param>
    public static ArgumentOutOfRangeException Missing(ColumnRole role, string name, IEnumerable<string> present)
        => Missing(role.Name, name, $". There are {There(present)}. Name the right one in {role.Option}", role.Parameter);

    /// <summary>The error of an image column that is not there, with the columns that are.</summary>
    /// <param name="name">The column.</param>
    /// <param name="present">Names of the columns that are there.</param>
    /// <param name="parameter">The parameter whose schema lacks it.</param>
    public static ArgumentOutOfRangeException MissingFeature(
        string name, IEnumerable<string> present, string parameter = ColumnRole.InputSchema)
        => Missing(
            FeatureRole, name,
            $". There are {There(present)}. Name that of the images: it is the option FeatureColumnName, or the parameter of "
            + "PretrainedResNet18 or AdaptiveFeatures", parameter);

    public static ArgumentOutOfRangeException Mismatch(
        string role, string name, string expected, string actual, string advice = "", string parameter = ColumnRole.InputSchema)
        => new(parameter, $"Schema mismatch for {role} column '{name}': expected {expected}, got {actual}{advice}");

    /// <summary>The error of a label column that is no key, with what makes one of it.</summary>
    /// <param name="role">What it is for.</param>
    /// <param name="name">The column.</param>
    /// <param name="actual">Its type.</param>
    public static ArgumentOutOfRangeException NoKey(ColumnRole role, string name, string actual)
        => Mismatch(
            role.Name, name, "Key<UInt32>", actual,
            $". Map it to keys first: mlContext.Transforms.Conversion.MapValueToKey(\"{name}\"). It is named in {role.Option}",
            role.Parameter);

    /// <summary>Names of the columns of a schema that a user sees.</summary>
    public static IEnumerable<string> NamesOf(DataViewSchema schema)
        => schema.Where(column => !column.IsHidden).Select(column => column.Name);

    /// <summary>The columns that are there, as a sentence can hold them.</summary>
    private static string There(IEnumerable<string> present)
    {
        var names = present.Distinct().ToArray();
        var rest = names.Length > Most ? $", … ({names.Length} in all)" : "";
        return names.Length == 0 ? "no columns" : $"columns {string.Join(", ", names.Take(Most).Select(one => $"'{one}'"))}{rest}";
    }
}
