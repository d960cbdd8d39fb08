namespace AdaptiveInference.ML.Training;

/// <summary>
/// Rises in a straight line over the first steps and then falls to 0 along half a cosine (Loshchilov and Hutter, "SGDR", ICLR 2017, without
/// restarts).
/// </summary>
internal sealed class LearningRateSchedule(float highest, int steps, float warmUpFraction)
{
    private readonly int _warmUp = (int)(steps * warmUpFraction);

    /// <summary>The rate of a step from 0.</summary>
    public float At(int step)
    {
        if (step < _warmUp)
        {
            return highest * (step + 1) / (_warmUp + 1);
        }

        var done = (step - _warmUp) / (double)Math.Max(1, steps - _warmUp);
        return (float)(highest * 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1, done))));
    }
}
