using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Compiled;

/// <summary>A compiled classification head over one feature map.</summary>
internal abstract unsafe class Head
{
    /// <summary>Compiles a head over a map.</summary>
    public static Head Of(LayerCompiler layers, HeadSpec spec, FeatureMap input) => spec switch
    {
        PooledHeadSpec pooled => new PooledHead(layers, pooled, input),
        QuartersHeadSpec quarters => new QuartersHead(layers, quarters, input),
        NoHeadSpec => new NoHead(),
        GridHeadSpec grid => new GridHead(layers, grid, input),
        _ => throw new ArgumentOutOfRangeException(nameof(spec), spec.GetType().Name, "There is no compiled head of this kind."),
    };

    /// <summary>Whether <see cref="Logits"/> reads the sums of its map's channels, which the caller then has ready.</summary>
    public abstract bool ReadsSums { get; }

    /// <summary>Computes the class scores before softmax; they stay valid until the next head of this worker runs.</summary>
    public abstract float* Logits(float* arena);

    /// <summary>What the head's one fully connected layer reads, in the order of its weights as they are stored: to fit it.</summary>
    /// <param name="arena">The worker's arena; channel sums are ready where <see cref="ReadsSums"/>.</param>
    /// <param name="inputs">Overwritten.</param>
    /// <exception cref="NotSupportedException">The head is not linear.</exception>
    public virtual void Inputs(float* arena, Span<float> inputs)
        => throw new NotSupportedException($"{GetType().Name} is not linear in what it pools.");
}
