namespace AdaptiveInference.ML.Transforms.Inference.Heads;

/// <summary>A compiled classification head over one feature map.</summary>
internal abstract unsafe class Head
{
    /// <summary>Computes the class scores before softmax; they stay valid until the next head of this worker runs.</summary>
    public abstract float* Logits(float* arena);
}
