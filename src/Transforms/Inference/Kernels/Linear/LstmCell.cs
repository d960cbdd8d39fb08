using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.Linear;

/// <summary>
/// The element-wise half of an LSTM step (Hochreiter and Schmidhuber, 1997, in PyTorch's form):
/// c = σ(f)·c + σ(i)·tanh(g), h = σ(o)·tanh(c).
/// </summary>
internal static unsafe class LstmCell<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Advances the state.</summary>
    /// <param name="gates">i, f, g and o, each <paramref name="width"/> floats, without their activations; overwritten.</param>
    /// <param name="hidden">h, written.</param>
    /// <param name="cell">c, read and written.</param>
    /// <param name="width">Floats of the state, whole vectors.</param>
    /// <remarks>Not inlined: the exponentials would exceed what the compiler inlines into its caller.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Step(float* gates, float* hidden, float* cell, int width)
    {
        float* forget = gates + width, candidate = forget + width, output = candidate + width, end = output + width;

        // tanh(x) = 2σ(2x) − 1: exact enough near zero for a state that is compared with a threshold far from it.
        for (var gate = gates; gate < end; gate += TSimd.Lanes)
        {
            var factor = gate >= candidate && gate < output ? 2f : 1f;
            TSimd.Store(Sigmoid(factor, TSimd.Load(gate)), gate);
        }

        for (var i = 0; i < width; i += TSimd.Lanes)
        {
            var written = TSimd.Multiply(TSimd.Load(gates + i), Tanh(TSimd.Load(candidate + i)));
            var next = TSimd.MultiplyAdd(TSimd.Load(forget + i), TSimd.Load(cell + i), written);
            TSimd.Store(next, cell + i);
            TSimd.Store(TSimd.Multiply(TSimd.Load(output + i), Tanh(Sigmoid(2, next))), hidden + i);
        }
    }

    // σ(factor · x)
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Sigmoid(float factor, TVector x)
    {
        var one = TSimd.Fill(1);
        return TSimd.Divide(one, TSimd.Add(one, Exponential<TSimd, TVector>.Of(TSimd.Multiply(TSimd.Fill(-factor), x))));
    }

    // From σ(2x).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Tanh(TVector sigmoid) => TSimd.MultiplyAdd(TSimd.Fill(2), sigmoid, TSimd.Fill(-1));
}
