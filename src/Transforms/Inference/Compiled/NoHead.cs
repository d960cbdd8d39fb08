namespace AdaptiveInference.ML.Transforms.Inference.Compiled;

/// <summary>Stands where a network without classes has no head. Nobody asks it: who has no room for an answer asks for features.</summary>
internal sealed unsafe class NoHead : Head
{
    /// <inheritdoc />
    public override bool ReadsSums => false;

    /// <inheritdoc />
    public override float* Logits(float* arena) => throw new InvalidOperationException("This network has no classes.");
}
