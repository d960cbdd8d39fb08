namespace AdaptiveInference.ML.Transforms.ExitHeads;

/// <summary>What was added to every input and then multiplied with it, which the weights of the network take over.</summary>
/// <param name="Shift">Minus the mean.</param>
/// <param name="Scale">One over the standard deviation.</param>
internal sealed record Standardisation(float[] Shift, float[] Scale)
{
    /// <summary>The layer over inputs as the network makes them: w·(s·(x + t)) + b = (w·s)·x + (b + w·s·t).</summary>
    public (float[] Weights, float[] Biases) Undo(LogisticRegression regression, float[] parameters, int inputs, int classes)
    {
        var (weights, biases) = (new float[classes * inputs], new float[classes]);
        for (var k = 0; k < classes; k++)
        {
            var fitted = regression.WeightsOf(parameters, k);
            double bias = regression.BiasOf(parameters, k);
            for (var i = 0; i < inputs; i++)
            {
                var weight = (double)fitted[i] * Scale[i];
                weights[(k * inputs) + i] = (float)weight;
                bias += weight * Shift[i];
            }

            biases[k] = (float)bias;
        }

        return (weights, biases);
    }
}
