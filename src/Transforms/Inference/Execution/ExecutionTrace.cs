namespace AdaptiveInference.ML.Transforms.Inference.Execution;

/// <summary>What one image ran through. Made once per worker and overwritten by every image.</summary>
/// <param name="blocks">Number of residual blocks.</param>
/// <param name="features">Room for the pooled features of the head that answers; 0 where nobody asks for them.</param>
internal sealed class ExecutionTrace(int blocks, int features = 0)
{
    private readonly float[] _gateProbability = new float[blocks];
    private readonly float[] _exitConfidence = new float[blocks];
    private readonly bool[] _ran = new bool[blocks];
    private readonly float[] _features = new float[features];

    /// <summary>Whether each block ran. An ungated block runs; a block after the exit taken does not.</summary>
    public Span<bool> Ran => _ran;

    /// <summary>Probability of open that each gate gave; NaN for a block whose gate was not evaluated.</summary>
    public Span<float> GateProbability => _gateProbability;

    /// <summary>
    /// Largest class probability at each exit that an image could have left at, in their order; NaN where it was not evaluated. There are
    /// fewer exits than blocks.
    /// </summary>
    public Span<float> ExitConfidence => _exitConfidence;

    /// <summary>Index of the exit taken, −1 when the image reached the last head.</summary>
    public int ExitTaken { get; set; }

    /// <summary>Largest class score (logit) of the head that answered.</summary>
    public float LargestLogit { get; set; }

    /// <summary>Largest class probability that the head gave.</summary>
    public float LargestProbability { get; set; }

    /// <summary>
    /// Logarithm of the sum of the exponentials of the class scores: what an image excites of all classes together. Softmax divides by it.
    /// </summary>
    public float Energy => LargestLogit - MathF.Log(LargestProbability);

    /// <summary>
    /// Mean of each channel of the map that the head that answered reads, then what other heads' maps have more channels for; empty where
    /// nobody asks.
    /// </summary>
    public Span<float> Features => _features;

    /// <summary>MACs spent: stem, shortcuts, gates evaluated, blocks run and heads evaluated.</summary>
    public long Macs { get; set; }

    /// <summary>
    /// Whether every gate and head that was evaluated gave a number. Where a sum overflowed it is NaN, every comparison with which is
    /// false: gates would stay closed and the first class would be predicted.
    /// </summary>
    public bool IsFinite { get; set; } = true;

    /// <summary>What the image may take; null for all the time that it needs. Stays for the next image.</summary>
    public TimeLimit? Limit { get; set; }

    /// <summary>When the image's time began to run; set by whoever sets <see cref="Limit"/>.</summary>
    public long Started { get; set; }

    /// <summary>When the image entered the network, where there is a limit.</summary>
    public long Entered { get; private set; }

    /// <summary>Forgets the image before.</summary>
    public void Reset()
    {
        _ran.AsSpan().Clear();
        _gateProbability.AsSpan().Fill(float.NaN);
        _exitConfidence.AsSpan().Fill(float.NaN);
        ExitTaken = -1;
        Macs = 0;
        IsFinite = true;
        Entered = Limit?.Now() ?? 0;
    }
}
