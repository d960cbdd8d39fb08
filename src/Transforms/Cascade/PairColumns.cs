using AdaptiveInference.ML.Transforms.Scoring;
using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Cascade;

/// <summary>
/// The columns of two networks that score a row together, the second's behind the first's. The second's mean nothing in rows that the
/// first accepts; the cascade does not read them there.
/// </summary>
internal sealed class PairColumns(OutputColumns first, OutputColumns second) : IResultColumns
{
    public bool AreFeatures => false;

    public DataViewSchema AppendTo(DataViewSchema input) => second.AppendTo(first.AppendTo(input));

    public Delegate CreateGetter(int index, Func<ScoreResult> current)
        => index < first.Count
            ? first.CreateGetter(index, current)
            : second.CreateGetter(index - first.Count, () => current().Second!);
}
