namespace ModelBuilderStyle;

/// <summary>What a classifier of the sample answered for one image.</summary>
/// <param name="Label">Name of the most probable class.</param>
/// <param name="Score">Probability of each class.</param>
/// <param name="Path">For each residual block 1 when it ran and 0 when it did not.</param>
/// <param name="ComputeFraction">Share of the network's work.</param>
public sealed record Outcome(string Label, float[] Score, float[] Path, float ComputeFraction)
{
    /// <summary>Answers of the classifier of clothes.</summary>
    public static IReadOnlyList<Outcome> Of(IEnumerable<FashionClassifier.ModelOutput> outputs)
        => [.. outputs.Select(output => new Outcome(output.PredictedLabel, output.Score, output.ExecutionPath, output.ComputeFraction))];

    /// <summary>Answers of the classifier of photos.</summary>
    public static IReadOnlyList<Outcome> Of(IEnumerable<PhotoClassifier.ModelOutput> outputs)
        => [.. outputs.Select(output => new Outcome(output.PredictedLabel, output.Score, output.ExecutionPath, output.ComputeFraction))];

    /// <summary>Whether two answers are equal to the last bit.</summary>
    public bool IsSameAs(Outcome other) => Label == other.Label && Score.AsSpan().SequenceEqual(other.Score)
        && Path.AsSpan().SequenceEqual(other.Path) && ComputeFraction == other.ComputeFraction;
}
