namespace AdaptiveInference.ML.Transforms.Inference.Gates;

/// <summary>A compiled gate network: reads the block's input map, decides whether the block runs.</summary>
internal abstract unsafe class Gate
{
    /// <summary>Whether the gate's own rule opens it at a probability of exactly one half.</summary>
    public virtual bool OpensAtOneHalf => false;

    /// <summary>Whether <see cref="LogOdds"/> reads the sums of its map's channels, which the caller then has ready.</summary>
    public virtual bool ReadsSums => true;

    /// <summary>Log-odds of open, ln(p / (1 − p)): their sign decides exactly where the rounded probability could not.</summary>
    public abstract float LogOdds(float* arena);
}
