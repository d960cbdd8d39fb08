namespace AdaptiveInference.ML.Transforms;

/// <summary>Progress of <see cref="ExitHeadsTrainer"/>.</summary>
public sealed record ExitHeadsProgress
{
    internal ExitHeadsProgress()
    {
    }

    /// <summary>Images that have gone through the network so far, those of the validation set included.</summary>
    public int Images { get; internal init; }

    /// <summary>Heads that are fitted; 0 while images are still being read.</summary>
    public int HeadsFitted { get; internal init; }

    /// <summary>Heads to fit: one for each exit, and the last.</summary>
    public int Heads { get; internal init; }

    /// <summary>Time since <c>Fit</c> was called.</summary>
    public TimeSpan Elapsed { get; internal init; }
}
