using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.Linear;

/// <summary>A fully connected layer over vectors in the arena, for any vector width.</summary>
internal abstract unsafe class PackedLinear
{
    /// <summary>output = W·input + b; outputs are rounded up to whole vectors, with zeros behind the last one.</summary>
    public abstract void Run(float* input, float* output, bool relu);
}

/// <summary>Weights packed [output group][input][lane].</summary>
internal sealed unsafe class PackedLinear<TSimd, TVector> : PackedLinear
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly int _groups;
    private readonly int _inputs;
    private readonly AlignedBuffer _weights;
    private readonly AlignedBuffer _bias;

    public PackedLinear(FoldedLinear layer)
    {
        _inputs = layer.Inputs;
        _groups = Multiples.Count(layer.Outputs, TSimd.Lanes);
        _weights = new AlignedBuffer((long)_groups * _inputs * TSimd.Lanes);
        _bias = new AlignedBuffer(_groups * TSimd.Lanes);
        for (var output = 0; output < layer.Outputs; output++)
        {
            var (group, lane) = Math.DivRem(output, TSimd.Lanes);
            _bias.Pointer[output] = (float)layer.Bias[output];
            for (var input = 0; input < _inputs; input++)
            {
                _weights.Pointer[((((long)group * _inputs) + input) * TSimd.Lanes) + lane] = (float)layer[output, input];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(float* input, float* output, bool relu)
    {
        var lanes = TSimd.Lanes;
        var weights = _weights.Pointer;
        for (var group = 0; group < _groups; group++)
        {
            // Four chains hide the latency of the multiply–add.
            TVector a = TSimd.Load(_bias.Pointer + (group * lanes)), b = TSimd.Zero, c = TSimd.Zero, d = TSimd.Zero;
            var i = 0;
            for (; i + 4 <= _inputs; i += 4, weights += 4 * lanes)
            {
                a = TSimd.MultiplyAdd(TSimd.Fill(input[i]), TSimd.Load(weights), a);
                b = TSimd.MultiplyAdd(TSimd.Fill(input[i + 1]), TSimd.Load(weights + lanes), b);
                c = TSimd.MultiplyAdd(TSimd.Fill(input[i + 2]), TSimd.Load(weights + (2 * lanes)), c);
                d = TSimd.MultiplyAdd(TSimd.Fill(input[i + 3]), TSimd.Load(weights + (3 * lanes)), d);
            }

            for (; i < _inputs; i++, weights += lanes)
            {
                a = TSimd.MultiplyAdd(TSimd.Fill(input[i]), TSimd.Load(weights), a);
            }

            var sum = TSimd.Add(TSimd.Add(a, b), TSimd.Add(c, d));
            TSimd.Store(relu ? TSimd.Max(TSimd.Zero, sum) : sum, output + (group * lanes));
        }
    }
}
