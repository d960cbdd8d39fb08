namespace AdaptiveInference.ML.Transforms.Model;

/// <summary>Names of the column that a transformer reads and of those that it makes.</summary>
/// <param name="Features">The images.</param>
/// <param name="Score">Class probabilities.</param>
/// <param name="PredictedLabel">Key of the most probable class.</param>
/// <param name="ExecutionPath">Blocks that ran; null leaves the column out.</param>
/// <param name="ComputeFraction">Share of the full network's MACs; null leaves the column out.</param>
/// <param name="Accepted">Whether the answer is accepted; null leaves the column out.</param>
internal sealed record ScoringColumns(
    string Features, string Score, string PredictedLabel, string? ExecutionPath, string? ComputeFraction, string? Accepted = null)
{
    /// <summary>What is wrong with the names, if anything.</summary>
    public IEnumerable<string> Problems()
    {
        // Loops, because every load of a model runs this, and each query over pairs is a dozen methods to compile.
        string[] roles = ["Feature", "Score", "PredictedLabel", "ExecutionPath", "ComputeFraction", "Accepted"];
        string?[] names = [Features, Score, PredictedLabel, ExecutionPath, ComputeFraction, Accepted];
        for (var i = 0; i < names.Length; i++)
        {
            // The first three have to be there; null leaves the others out.
            if ((i < 3 || names[i] is not null) && string.IsNullOrWhiteSpace(names[i]))
            {
                yield return $"{roles[i]}ColumnName must not be empty.";
            }
        }

        for (var i = 1; i < names.Length; i++)
        {
            var first = Array.IndexOf(names, names[i], 1);
            if (names[i] is null || first < i)
            {
                continue;
            }

            var same = roles[i];
            for (var later = i + 1; later < names.Length; later++)
            {
                same += names[later] == names[i] ? $" and {roles[later]}" : "";
            }

            if (same != roles[i])
            {
                yield return $"Output columns must have different names, got '{names[i]}' for {same}.";
            }
        }
    }

    /// <summary>
    /// The outputs that would hide a column that is needed later, such as the label, with which they are compared. Files from before this
    /// was checked keep their names.
    /// </summary>
    /// <param name="input">Name of the column.</param>
    /// <param name="what">What it holds.</param>
    public IEnumerable<string> Hiding(string input, string what)
    {
        (string Role, string? Name)[] outputs =
            [("Score", Score), ("PredictedLabel", PredictedLabel), ("ExecutionPath", ExecutionPath), ("ComputeFraction", ComputeFraction)];
        return outputs.Where(output => output.Name == input && !string.IsNullOrWhiteSpace(input))
            .Select(output =>
                $"{output.Role}ColumnName must not be '{input}', which holds {what} and would be hidden. Choose another name.");
    }
}
