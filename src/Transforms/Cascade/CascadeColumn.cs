using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Cascade;

/// <summary>What a column of a cascade holds.</summary>
internal enum CascadeColumnKind
{
    Score,
    PredictedLabel,
    ExecutionPath,
    ComputeFraction,
    Accepted,
    Stage,
}

/// <summary>One column of a cascade.</summary>
/// <param name="Kind">What it holds.</param>
/// <param name="Name">Its name.</param>
/// <param name="First">The first network's column that it is made of.</param>
/// <param name="Second">The second model's column that it is made of in other rows; null where the second has no part in it.</param>
internal sealed record CascadeColumn(
    CascadeColumnKind Kind, string Name, DataViewSchema.Column First, DataViewSchema.Column? Second);
