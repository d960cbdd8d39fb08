namespace AdaptiveInference.ML.Reports.Drawing;

/// <summary>Takes names such as <c>stage2.block3</c> apart.</summary>
internal static class BlockNames
{
    public static (string Stage, string Position) Split(string name)
    {
        var parts = name.Split('.', 2);
        return (parts[0].Replace("stage", "", StringComparison.Ordinal), parts[^1].Replace("block", "", StringComparison.Ordinal));
    }
}
