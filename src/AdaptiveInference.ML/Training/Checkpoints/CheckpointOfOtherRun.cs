namespace AdaptiveInference.ML.Training.Checkpoints;

/// <summary>Refuses a checkpoint that was made with other options, or of other data, than those that are to go on from it.</summary>
internal static class CheckpointOfOtherRun
{
    // Of a value in a message: options are short, and a file may say anything.
    private const int LongestValue = 200;

    /// <summary>Lets a checkpoint pass, or refuses it.</summary>
    /// <param name="folder">Where it is.</param>
    /// <param name="made">What it was made with.</param>
    /// <param name="current">What this run has, by name.</param>
    /// <param name="what">What these are: options or data.</param>
    /// <exception cref="InvalidOperationException">They differ; the message lists every difference.</exception>
    public static void Refuse(string folder, IReadOnlyDictionary<string, string> made, Dictionary<string, string> current, string what)
    {
        var differences = current
            .Select(pair => (pair.Key, Was: made.GetValueOrDefault(pair.Key, Fingerprint.None), Is: pair.Value))
            .Where(item => item.Was != item.Is)
            .Select(item => $"{item.Key} was {Short(item.Was)} and is {Short(item.Is)}")
            .ToList();
        if (differences.Count > 0)
        {
            throw new InvalidOperationException(
                $"The checkpoint in '{folder}' was made with other {what}: {string.Join("; ", differences)}. Use the same {what}, "
                + $"another folder, or delete '{CheckpointStore.FileName}' to start anew.");
        }
    }

    private static string Short(string value) => value.Length <= LongestValue ? value : value[..LongestValue] + "…";
}
