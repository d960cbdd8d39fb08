namespace AdaptiveInference.ML.Transforms.Budget;

/// <summary>The search for the threshold of one exit, wherever an exit's threshold is chosen.</summary>
internal static class ExitThresholdSearch
{
    /// <summary>
    /// How many of the images that come to an exit should leave there, the most certain first, so that their gains sum to the most; 0 when
    /// no number of them gains anything. Images of equal confidence leave together, since no threshold separates them.
    /// </summary>
    /// <param name="coming">Numbers of the images that come to the exit, the most certain first.</param>
    /// <param name="confidence">How certain the exit is of an image.</param>
    /// <param name="gain">What an image gains by leaving there.</param>
    /// <param name="evaluation">What evaluating the exit costs for all of them together, 0 or more.</param>
    /// <param name="ties">Whether more images leave where that gains nothing and loses nothing.</param>
    public static int Leaving(
        IReadOnlyList<int> coming, Func<int, double> confidence, Func<int, double> gain, double evaluation = 0, bool ties = false)
    {
        var (leaving, best, gained) = (0, 0.0, -evaluation);
        for (var i = 0; i < coming.Count; i++)
        {
            gained += gain(coming[i]);
            if ((gained > best || (ties && gained == best))
                && (i + 1 == coming.Count || confidence(coming[i + 1]) < confidence(coming[i])))
            {
                (leaving, best) = (i + 1, gained);
            }
        }

        return leaving;
    }

    /// <summary>The threshold at which an image of a confidence leaves: below 1, because at 1 none does.</summary>
    public static float ThresholdOf(double confidence) => Math.Min((float)confidence, float.BitDecrement(1f));
}
