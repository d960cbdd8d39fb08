using System.Numerics;
using System.Runtime.InteropServices;

namespace AdaptiveInference.ML.Training.Optimisation;

/// <summary>
/// One step of <see cref="Sgd"/> in one pass over the memory: a large network's step is bound by how often weights, gradients and momenta
/// are read and written, which an operation for each term does fifteen times and this does five times.
/// </summary>
/// <remarks>Rounds where libtorch's operations round, with the same fused products, so that both give the same bits.</remarks>
internal static class SgdKernel
{
    /// <param name="weights">The parameter, which moves.</param>
    /// <param name="gradient">Its gradient.</param>
    /// <param name="momenta">Its momentum, which is brought forward.</param>
    /// <param name="momentum">What the momentum is multiplied with.</param>
    /// <param name="decay">L2 penalty.</param>
    /// <param name="rate">Learning rate.</param>
    public static void Step(
        Span<float> weights, ReadOnlySpan<float> gradient, Span<float> momenta, float momentum, float decay, float rate)
    {
        var (keep, shrink, way) = (new Vector<float>(momentum), new Vector<float>(decay), new Vector<float>(-rate));
        var w = MemoryMarshal.Cast<float, Vector<float>>(weights);
        var m = MemoryMarshal.Cast<float, Vector<float>>(momenta);
        var g = MemoryMarshal.Cast<float, Vector<float>>(gradient);
        for (var i = 0; i < w.Length; i++)
        {
            var slope = decay == 0 ? g[i] : Vector.FusedMultiplyAdd(w[i], shrink, g[i]);
            m[i] = (m[i] * keep) + slope;
            w[i] = Vector.FusedMultiplyAdd(Vector.FusedMultiplyAdd(m[i], keep, slope), way, w[i]);
        }

        for (var i = w.Length * Vector<float>.Count; i < weights.Length; i++)
        {
            var slope = decay == 0 ? gradient[i] : MathF.FusedMultiplyAdd(weights[i], decay, gradient[i]);
            momenta[i] = (momenta[i] * momentum) + slope;
            weights[i] = MathF.FusedMultiplyAdd(MathF.FusedMultiplyAdd(momenta[i], momentum, slope), -rate, weights[i]);
        }
    }
}
