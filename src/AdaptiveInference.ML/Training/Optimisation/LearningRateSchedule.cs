namespace AdaptiveInference.ML.Training.Optimisation;

/// <summary>
/// Rises in a straight line over the first steps and then falls to 0 along half a cosine (Loshchilov and Hutter, "SGDR", ICLR 2017, without
/// restarts), or in steps to a tenth each.
/// </summary>
/// <param name="highest">The highest rate.</param>
/// <param name="steps">Steps of the whole run.</param>
/// <param name="warmUpFraction">Share of the steps over which it rises.</param>
/// <param name="dropsAt">Shares of the steps after which it falls to a tenth; null is the cosine.</param>
internal sealed class LearningRateSchedule(float highest, int steps, float warmUpFraction, IReadOnlyList<double>? dropsAt = null)
{
    private readonly int _warmUp = (int)(steps * warmUpFraction);

    /// <summary>The rate of a step from 0.</summary>
    public float At(int step)
    {
        if (step < _warmUp)
        {
            return highest * (step + 1) / (_warmUp + 1);
        }

        if (dropsAt is not null)
        {
            return (float)(highest * Math.Pow(0.1, dropsAt.Count(share => step >= share * steps)));
        }

        var done = (step - _warmUp) / (double)Math.Max(1, steps - _warmUp);
        return (float)(highest * 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1, done))));
    }
}
