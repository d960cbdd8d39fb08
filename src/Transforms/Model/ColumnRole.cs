namespace AdaptiveInference.ML.Transforms.Model;

/// <summary>What a column is for, and where a user has named it: for errors.</summary>
/// <param name="Name">What it is for.</param>
/// <param name="Option">The option or parameter that names it.</param>
/// <param name="Parameter">The parameter whose schema lacks it.</param>
internal sealed record ColumnRole(string Name, string Option, string Parameter = ColumnRole.InputSchema)
{
    /// <summary>The parameter of what learns and scores.</summary>
    public const string InputSchema = "inputSchema";

    /// <summary>The parameter of what is set by data.</summary>
    public const string CalibrationData = "calibrationData";

    private const string LabelOption = "the option LabelColumnName";

    /// <summary>Labels of the data that is learnt from, and of the validation set.</summary>
    public static ColumnRole Label { get; } = new("label", LabelOption);

    public static ColumnRole CalibrationLabel { get; } = new("label", LabelOption, CalibrationData);

    /// <summary>Labels by which thresholds for a budget are judged.</summary>
    public static ColumnRole BudgetLabel { get; } = new("label", "labelColumnName", CalibrationData);

    public static ColumnRole ValidationGroup { get; } = new("validation group", "the option ValidationGroupColumnName");

    public static ColumnRole CalibrationGroup { get; } = new("group", "the option GroupColumnName", CalibrationData);
}
