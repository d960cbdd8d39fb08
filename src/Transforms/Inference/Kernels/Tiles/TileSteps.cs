using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.Tiles;

/// <summary>One row of a tile: a pixel times the weights of one, two or four channel groups.</summary>
internal static unsafe class TileSteps<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    // Weights are read once an image, from a shared cache or from memory: the processor's own prefetching does not reach so far ahead.
    private const int Ahead = 12 * 1024 / sizeof(float);
    private const int CacheLine = 64 / sizeof(float);

    /// <summary>Prefetches the first weights of a layer, which no tile before has prefetched.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PrefetchFirst(float* weights)
    {
        if (Sse.IsSupported)
        {
            for (var i = 0; i < Ahead; i += CacheLine)
            {
                Sse.Prefetch0(weights + i);
            }
        }
    }

    /// <summary>Prefetches weights that are read much later, into the second cache level: the first is in use until then.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PrefetchLater(byte* weights, int bytes)
    {
        if (Sse.IsSupported)
        {
            for (var end = weights + bytes; weights < end; weights += CacheLine * sizeof(float))
            {
                Sse.Prefetch1(weights);
            }
        }
    }

    /// <summary>Prefetches two vectors of weights that a tile reads some time later.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PrefetchTwo(float* weights)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(weights + Ahead);
            if (2 * TSimd.Lanes > CacheLine)
            {
                Sse.Prefetch0(weights + Ahead + CacheLine);
            }
        }
    }

    /// <summary>Prefetches three vectors of weights that a tile reads some time later.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PrefetchThree(float* weights)
    {
        PrefetchTwo(weights);
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(weights + Ahead + (2 * TSimd.Lanes));
        }
    }

    /// <summary>Prefetches four vectors of weights that a tile reads some time later.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PrefetchFour(float* weights)
    {
        PrefetchTwo(weights);
        PrefetchTwo(weights + (2 * TSimd.Lanes));
    }

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

    /// <summary>Four neighbouring tiles by two groups: the first group's sums, then the second's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddFour(
        float* x,
        TVector first,
        TVector second,
        ref TVector s0,
        ref TVector s1,
        ref TVector s2,
        ref TVector s3,
        ref TVector s4,
        ref TVector s5,
        ref TVector s6,
        ref TVector s7)
    {
        var lanes = TSimd.Lanes;
        Add(*x, first, second, ref s0, ref s4);
        Add(x[lanes], first, second, ref s1, ref s5);
        Add(x[2 * lanes], first, second, ref s2, ref s6);
        Add(x[3 * lanes], first, second, ref s3, ref s7);
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

    /// <summary>Stores the sums of four neighbouring tiles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFour(TVector s0, TVector s1, TVector s2, TVector s3, float* destination)
    {
        var lanes = TSimd.Lanes;
        TSimd.Store(s0, destination);
        TSimd.Store(s1, destination + lanes);
        TSimd.Store(s2, destination + (2 * lanes));
        TSimd.Store(s3, destination + (3 * lanes));
    }

    /// <summary>Loads what <see cref="StoreFour"/> stored.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void LoadFour(float* source, out TVector s0, out TVector s1, out TVector s2, out TVector s3)
    {
        var lanes = TSimd.Lanes;
        s0 = TSimd.Load(source);
        s1 = TSimd.Load(source + lanes);
        s2 = TSimd.Load(source + (2 * lanes));
        s3 = TSimd.Load(source + (3 * lanes));
    }
}
