using AdaptiveInference.ML.Transforms;

namespace AdaptiveInference.ML.Reports.Data;

/// <summary>Everything that the sections of a report are made of.</summary>
internal sealed record ReportModel(AdaptiveReportOptions Options, RowSummary Rows, BudgetSurvey? Dial)
{
    /// <summary>Classes that tables by class show: all of them, or where there are too many those recognised worst.</summary>
    /// <param name="most">Largest number of classes.</param>
    public IReadOnlyList<int> ClassesToShow(int most)
    {
        var present = Enumerable.Range(0, Rows.ClassNames.Count).Where(label => Rows.RowsOf(label) > 0).ToArray();
        return present.Length <= most ? present : [.. present.OrderBy(Rows.RecallOf).Take(most).Order()];
    }

    /// <summary>What the model is, such as <c>SkipNet over ResNet-20</c>; null without a model.</summary>
    public string? NetworkName => Options.Model is { } model ? NameOf(model) : null;

    public static string NameOf(GatedResNetTransformer model) => model.Model.Spec.Name;
}
