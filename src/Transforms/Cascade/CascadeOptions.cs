using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Options;

namespace AdaptiveInference.ML.Transforms;

/// <summary>How a cascade names its own column, and where it finds what its second model says.</summary>
/// <remarks>Options are checked when the cascade is made; the exception lists everything that is wrong with them.</remarks>
public sealed record CascadeOptions
{
    internal const string DefaultStageColumnName = "Stage";

    /// <summary>
    /// Name of the column that says which model has answered. It must not be that of a column that is needed, and the data may have no
    /// column of another type by this name.
    /// </summary>
    /// <value>The default is <c>"Stage"</c>.</value>
    public string StageColumnName { get; init; } = DefaultStageColumnName;

    /// <summary>Name of the column of scores that the second model makes.</summary>
    /// <value>The default is null: that of the second model where it is a gated network or a cascade, else that of the first one.</value>
    public string? SecondScoreColumnName { get; init; }

    /// <summary>
    /// Names of the classes in the order of the second model's scores, for one that does not name them itself, such as
    /// <c>ApplyOnnxModel</c>: for example the <c>ClassNames</c> of the first network, where both count their classes alike.
    /// </summary>
    /// <remarks>
    /// Names that stand on its scores need none, and are compared by name in whatever order. Others may be given in their place, for
    /// classes that the two models call differently; the same ones in another order than the scores have are refused.
    /// </remarks>
    /// <value>The default is null: the names that stand on its column of scores.</value>
    public IReadOnlyList<string>? SecondClassNames { get; init; }

    /// <exception cref="ArgumentException">One or more options are out of range; the message lists them all.</exception>
    /// <param name="columns">The first network's.</param>
    /// <param name="secondScore">The second model's column of scores; null where it is not known before there are data.</param>
    internal void Check(ScoringColumns columns, string? secondScore)
    {
        var check = new OptionCheck();
        check.Name(nameof(StageColumnName), StageColumnName);
        check.OptionalName(nameof(SecondScoreColumnName), SecondScoreColumnName);
        string?[] taken =
        [
            columns.Features, columns.Score, columns.PredictedLabel, columns.ExecutionPath, columns.ComputeFraction, columns.Accepted,
            RefusalOptions.DefaultLabelColumnName,
        ];
        check.Require(
            SecondScoreColumnName is null || secondScore is null || SecondScoreColumnName == secondScore,
            $"SecondScoreColumnName must be '{secondScore}', the second model's column of scores, or null, got '{SecondScoreColumnName}'.");
        check.Require(
            string.IsNullOrWhiteSpace(StageColumnName) || !taken.Contains(StageColumnName),
            $"StageColumnName must not be '{StageColumnName}', which is the name of another column that is needed. Choose another.");
        var twice = SecondClassNames?.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1)?.Key;
        check.Require(twice is null, $"SecondClassNames must be different names, got '{twice}' twice.");
        check.Require(
            SecondClassNames?.All(name => !string.IsNullOrEmpty(name)) ?? true, $"SecondClassNames must not be empty, got one that is.");
        check.ThrowIfAny(nameof(CascadeOptions));
    }
}
