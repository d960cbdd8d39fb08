namespace AdaptiveInference.ML.Transforms;

/// <summary>The gate networks of SkipNet. Other networks have one kind of gate or none and ignore this choice.</summary>
public enum GateKind
{
    /// <summary>
    /// Global average pool → 1×1 convolution to 10 → one LSTM shared by all gates → sigmoid. The cheapest gate and the default.
    /// </summary>
    Recurrent,

    /// <summary>
    /// Max pool 2×2 → 3×3 convolution → 3×3 convolution with stride 2 → global average pool → linear. Feature maps must be at least 2×2.
    /// </summary>
    FeedForwardI,

    /// <summary>3×3 convolution with stride 2 → global average pool → linear.</summary>
    FeedForwardII,
}
