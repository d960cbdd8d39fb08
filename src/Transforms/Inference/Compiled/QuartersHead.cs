using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Kernels.Linear;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Compiled;

/// <summary>2×2 average pool → fully connected.</summary>
internal sealed unsafe class QuartersHead : Head
{
    private const int Cells = QuartersHeadSpec.Side * QuartersHeadSpec.Side;

    private readonly KernelsOfWidth _kernels;
    private readonly FeatureMap _input;
    private readonly PackedLinear _linear;
    private readonly int[] _order;
    private readonly long _average;
    private readonly long _logits;

    public QuartersHead(LayerCompiler layers, QuartersHeadSpec spec, FeatureMap input)
    {
        (_kernels, _input) = (layers.Kernels, input);
        _order = GridOrder.Of(input, Cells);
        _average = layers.Arena.Vector(_order.Length);
        _logits = layers.Arena.Vector(spec.Linear.Outputs);
        var linear = layers.Linear(spec.Linear);
        _linear = layers.Pack(linear.Rearrange([.. Enumerable.Range(0, linear.Outputs)], _order));
    }

    /// <inheritdoc />
    public override bool ReadsSums => false;

    /// <inheritdoc />
    public override float* Logits(float* arena)
    {
        _kernels.GridAverage(arena, _input, QuartersHeadSpec.Side, arena + _average);
        _linear.Run(arena + _average, arena + _logits, relu: false);
        return arena + _logits;
    }

    /// <inheritdoc />
    public override void Inputs(float* arena, Span<float> inputs)
    {
        _kernels.GridAverage(arena, _input, QuartersHeadSpec.Side, arena + _average);
        for (var i = 0; i < _order.Length; i++)
        {
            if (_order[i] >= 0)
            {
                inputs[_order[i]] = arena[_average + i];
            }
        }
    }
}
