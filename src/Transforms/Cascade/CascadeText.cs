using AdaptiveInference.ML.Transforms.Scoring;
using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Cascade;

/// <summary>A cascade as text: both models, what the first accepts, and what is promised of either.</summary>
internal static class CascadeText
{
    public static string Of(CascadeTransformer cascade) => string.Join(
        Environment.NewLine,
        $"Cascade of two models; the column '{cascade.Options.StageColumnName}' says which one has answered.",
        "First, which sees every image:",
        cascade.First,
        "Second, which answers what the first one refuses:",
        Second(cascade.Second),
        HasRefusal(cascade.Second)
            ? "What is certified about the second model holds for rows like those that it was certified by: certify it by rows "
                + "that the first refuses."
            : "Nothing is promised of the answers that the second model gives.");

    private static string Second(ITransformer second) => second switch
    {
        GatedResNetTransformer or CascadeTransformer => second.ToString()!,
        _ when NetworkSearch.OnlyOrNull(second) is { } network
            => $"{What(second)}, with{Environment.NewLine}{network}",
        _ => What(second),
    };

    private static string What(ITransformer second) => $"  a model, {NetworkSearch.Describe(second)}";

    private static bool HasRefusal(ITransformer second)
        => second is CascadeTransformer || NetworkSearch.OnlyOrNull(second) is { Refusal: not null };
}
