namespace AdaptiveInference.ML.Transforms.Evaluation;

/// <summary>
/// The answer that scores give. ML.NET's evaluator leaves out every row with a score that is not finite, as if it had not been asked; here
/// such a row has the answer that its scores have, and is wrong where they have none.
/// </summary>
internal static class ScoredAnswer
{
    /// <summary>The class of scores with a NaN among them, which has no place in any order.</summary>
    public const int None = -1;

    /// <summary>The class of the highest score, the first among equals.</summary>
    public static int Of(ReadOnlySpan<float> scores)
    {
        var best = 0;
        for (var i = 0; i < scores.Length; i++)
        {
            if (float.IsNaN(scores[i]))
            {
                return None;
            }

            best = scores[i] > scores[best] ? i : best;
        }

        return best;
    }

    /// <summary>Puts scores that the evaluator counts in the place of those that it would leave out.</summary>
    /// <param name="scores">Overwritten where one is not finite: 1 for the answer and 0 for the others.</param>
    /// <param name="label">The true class, negative where there is none. Without an answer it is another class: the first.</param>
    public static void MakeFinite(Span<float> scores, int label)
    {
        var isFinite = true;
        foreach (var score in scores)
        {
            isFinite &= float.IsFinite(score);
        }

        if (isFinite)
        {
            return;
        }

        var answer = Of(scores);
        scores.Clear();
        if (answer != None)
        {
            scores[answer] = 1;
        }
        else if (scores.Length > 1)
        {
            scores[label == 0 ? 1 : 0] = 1;
        }
    }
}
