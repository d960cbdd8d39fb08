namespace AdaptiveInference.ML.Transforms.Inference.Heads;

/// <summary>A compiled classification head over one feature map.</summary>
internal abstract unsafe class Head
{
    /// <summary>Whether <see cref="Logits"/> reads the sums of its map's channels, which the caller then has ready.</summary>
    public abstract bool ReadsSums { get; }

    /// <summary>Computes the class scores before softmax; they stay valid until the next head of this worker runs.</summary>
    public abstract float* Logits(float* arena);
}
