using System.Runtime.CompilerServices;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels;

/// <summary>One row of a tile: a pixel times the weights of one, two or four channel groups.</summary>
internal static unsafe class Tile<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(float pixel, TVector w0, TVector w1, ref TVector sum0, ref TVector sum1)
    {
        var x = TSimd.Fill(pixel);
        sum0 = TSimd.MultiplyAdd(x, w0, sum0);
        sum1 = TSimd.MultiplyAdd(x, w1, sum1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(
        float pixel,
        TVector w0,
        TVector w1,
        TVector w2,
        TVector w3,
        ref TVector sum0,
        ref TVector sum1,
        ref TVector sum2,
        ref TVector sum3)
    {
        var x = TSimd.Fill(pixel);
        sum0 = TSimd.MultiplyAdd(x, w0, sum0);
        sum1 = TSimd.MultiplyAdd(x, w1, sum1);
        sum2 = TSimd.MultiplyAdd(x, w2, sum2);
        sum3 = TSimd.MultiplyAdd(x, w3, sum3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(TVector sum, float* destination, Epilogue epilogue, bool stored)
    {
        if (!stored)
        {
            return;
        }

        if ((epilogue & Epilogue.Add) != 0)
        {
            sum = TSimd.Add(sum, TSimd.Load(destination));
        }

        if ((epilogue & Epilogue.Relu) != 0)
        {
            sum = TSimd.Max(TSimd.Zero, sum);
        }

        TSimd.Store(sum, destination);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(TVector sum0, TVector sum1, float* destination, nint stride, Epilogue epilogue, bool stored)
    {
        Store(sum0, destination, epilogue, stored);
        Store(sum1, destination + stride, epilogue, stored);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(
        TVector sum0, TVector sum1, TVector sum2, TVector sum3, float* destination, nint stride, Epilogue epilogue, bool stored)
    {
        Store(sum0, sum1, destination, stride, epilogue, stored);
        Store(sum2, sum3, destination + (2 * stride), stride, epilogue, stored);
    }
}
