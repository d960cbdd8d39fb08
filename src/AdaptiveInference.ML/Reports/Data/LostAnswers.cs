namespace AdaptiveInference.ML.Reports.Data;

/// <summary>Images that the network as it is set answers wrongly and the whole network rightly, by where they left and by class.</summary>
/// <param name="exits">Number of early exits.</param>
/// <param name="classes">Number of classes.</param>
internal sealed class LostAnswers(int exits, int classes)
{
    private readonly (long Images, long Lost)[] _heads = new (long, long)[exits + 1];
    private readonly (long Images, long Lost)[] _classes = new (long, long)[classes];

    /// <summary>By exit, those that reached the last head behind them.</summary>
    public IReadOnlyList<(long Images, long Lost)> Heads => _heads;

    /// <summary>By class.</summary>
    public IReadOnlyList<(long Images, long Lost)> Classes => _classes;

    /// <summary>Counts an image.</summary>
    /// <param name="exit">Where it left; negative for the last head.</param>
    /// <param name="label">Its class.</param>
    /// <param name="isLost">Whether it is lost.</param>
    public void Add(int exit, int label, bool isLost)
    {
        Count(ref _heads[exit < 0 ? exits : exit], isLost);
        Count(ref _classes[label], isLost);
    }

    private static void Count(ref (long Images, long Lost) group, bool isLost)
        => group = (group.Images + 1, group.Lost + (isLost ? 1 : 0));
}
