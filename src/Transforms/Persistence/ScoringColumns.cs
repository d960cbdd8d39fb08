namespace AdaptiveInference.ML.Transforms.Persistence;

/// <summary>Names of the column that a transformer reads and of those that it makes.</summary>
/// <param name="Features">The images.</param>
/// <param name="Score">Class probabilities.</param>
/// <param name="PredictedLabel">Key of the most probable class.</param>
/// <param name="ExecutionPath">Blocks that ran; null leaves the column out.</param>
/// <param name="ComputeFraction">Share of the full network's MACs; null leaves the column out.</param>
internal sealed record ScoringColumns(string Features, string Score, string PredictedLabel, string? ExecutionPath, string? ComputeFraction)
{
    /// <summary>What is wrong with the names, if anything.</summary>
    public IEnumerable<string> Problems()
    {
        (string Role, string? Name)[] outputs =
            [("Score", Score), ("PredictedLabel", PredictedLabel), ("ExecutionPath", ExecutionPath), ("ComputeFraction", ComputeFraction)];
        foreach (var (role, name) in outputs.Prepend(("Feature", Features)))
        {
            if (name is not null && string.IsNullOrWhiteSpace(name))
            {
                yield return $"{role}ColumnName must not be empty.";
            }
        }

        foreach (var twice in outputs.Where(output => output.Name is not null).GroupBy(output => output.Name).Where(group => group.Count() > 1))
        {
            yield return $"Output columns must have different names, got '{twice.Key}' for {string.Join(" and ", twice.Select(t => t.Role))}.";
        }
    }
}
