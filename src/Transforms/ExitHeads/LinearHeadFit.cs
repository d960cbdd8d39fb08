namespace AdaptiveInference.ML.Transforms.ExitHeads;

/// <summary>One head's weights, and what it answers for rows that it was not fitted to.</summary>
/// <param name="Weights">[class][input], for inputs as the network makes them.</param>
/// <param name="Biases">[class].</param>
/// <param name="Penalty">The penalty that was taken.</param>
/// <param name="HeldOutLogits">[row][class], of fits without the row; null for rows that are never held out.</param>
internal sealed record LinearHeadFit(float[] Weights, float[] Biases, double Penalty, float[]?[] HeldOutLogits)
{
    /// <summary>Penalties that are tried, until one does worse on held-out rows than the one before.</summary>
    private static readonly double[] Penalties = [1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 0.0003, 0.0001];

    /// <summary>Fits a head.</summary>
    /// <param name="inputs">What the head reads.</param>
    /// <param name="labels">[row]: class.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="penalty">The penalty; null chooses it on the held-out rows.</param>
    /// <param name="parts">What is held out from which fit.</param>
    /// <param name="refits">Whether the head is fitted to all rows in the end, and not to those of the only part.</param>
    /// <param name="checkAlive">Throws to cancel.</param>
    public static LinearHeadFit Of(
        HeadInputs inputs, int[] labels, int classes, double? penalty, RowFold[] parts, bool refits, Action checkAlive)
    {
        var scaling = inputs.Standardise(refits ? null : parts[0].Learning);
        var regression = new LogisticRegression(inputs.Rows, inputs.LabelsOf(labels), inputs.Length, classes);
        var learning = parts.Select(part => inputs.WithMirrored(part.Learning)).ToArray();
        var fitted = parts.Select(_ => new float[regression.Parameters]).ToArray();
        var (best, lowest, logits, chosen) = (fitted, double.PositiveInfinity, new float[]?[labels.Length], 0.0);
        foreach (var candidate in penalty is { } given ? [given] : Penalties)
        {
            for (var i = 0; i < parts.Length; i++)
            {
                regression.Fit(learning[i], candidate, fitted[i], checkAlive);
            }

            var answers = Answers(regression, inputs, parts, fitted, classes);
            var loss = HeadScales.Loss(answers, labels);
            if (loss >= lowest)
            {
                break;
            }

            (best, lowest, logits, chosen) = ([.. fitted.Select(values => (float[])values.Clone())], loss, answers, candidate);
        }

        var final = best[0];
        if (refits)
        {
            regression.Fit(inputs.WithMirrored([.. Enumerable.Range(0, labels.Length)]), chosen, final, checkAlive);
        }

        var (weights, biases) = scaling.Undo(regression, final, inputs.Length, classes);
        return new LinearHeadFit(weights, biases, chosen, logits);
    }

    private static float[]?[] Answers(
        LogisticRegression regression, HeadInputs inputs, RowFold[] parts, float[][] fitted, int classes)
    {
        var answers = new float[]?[inputs.Images];
        for (var i = 0; i < parts.Length; i++)
        {
            foreach (var row in parts[i].Judging)
            {
                regression.Logits(inputs.Rows[row], fitted[i], answers[row] = new float[classes]);
            }
        }

        return answers;
    }
}
