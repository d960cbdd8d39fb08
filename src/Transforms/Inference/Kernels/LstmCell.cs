using System.Runtime.CompilerServices;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels;

/// <summary>
/// The element-wise half of an LSTM step (Hochreiter and Schmidhuber, 1997, in PyTorch's form):
/// c = σ(f)·c + σ(i)·tanh(g), h = σ(o)·tanh(c).
/// </summary>
internal static unsafe class LstmCell<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Advances the state.</summary>
    /// <param name="gates">i, f, g and o, each <paramref name="width"/> floats, without their activations.</param>
    /// <param name="hidden">h, written.</param>
    /// <param name="cell">c, read and written.</param>
    /// <param name="width">Floats of the state, whole vectors.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Step(float* gates, float* hidden, float* cell, int width)
    {
        for (var i = 0; i < width; i += TSimd.Lanes)
        {
            TVector input = Sigmoid(TSimd.Load(gates + i)), forget = Sigmoid(TSimd.Load(gates + width + i));
            TVector candidate = Tanh(TSimd.Load(gates + (2 * width) + i)), output = Sigmoid(TSimd.Load(gates + (3 * width) + i));
            var next = TSimd.MultiplyAdd(forget, TSimd.Load(cell + i), TSimd.Multiply(input, candidate));
            TSimd.Store(next, cell + i);
            TSimd.Store(TSimd.Multiply(output, Tanh(next)), hidden + i);
        }
    }

    private static TVector Sigmoid(TVector x)
    {
        var one = TSimd.Fill(1);
        return TSimd.Divide(one, TSimd.Add(one, TSimd.Exp(TSimd.Subtract(TSimd.Zero, x))));
    }

    // 2σ(2x) − 1: exact enough near zero for a state that is compared with a threshold far from it.
    private static TVector Tanh(TVector x) => TSimd.Subtract(TSimd.Multiply(TSimd.Fill(2), Sigmoid(TSimd.Add(x, x))), TSimd.Fill(1));
}
