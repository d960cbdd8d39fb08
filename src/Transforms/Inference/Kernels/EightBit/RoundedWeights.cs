using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>
/// The weights of a convolution as integers with one scale for each output. Of the taps by which an output reads one input, some are
/// rounded to the other side, so that their sum is right to half a step (SQuant, Guo et al., ICLR 2022): neighbouring pixels are alike,
/// what they have in common is multiplied by that sum, and an even background keeps its meaning.
/// </summary>
internal sealed class RoundedWeights
{
    // Inputs whose products may be added together, and the sums that weights of either sign make among those: of the first pair of every
    // four inputs, then of the second.
    private const int Unit = ByteMap.ChannelUnit;
    private const int Sums = 4;

    private readonly FoldedConvolution _layer;
    private readonly int _taps;
    private readonly int _most;
    private readonly short[] _integers;

    /// <summary>Rounds weights.</summary>
    /// <param name="layer">The convolution.</param>
    /// <param name="isWide">Whether weights have 16 bits instead of 8.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public RoundedWeights(FoldedConvolution layer, bool isWide = false)
    {
        (_layer, _taps) = (layer, layer.Kernel * layer.Kernel);
        _most = isWide ? EightBitWeights.LargestWide : EightBitWeights.Largest;
        var perOutput = layer.Inputs * _taps;
        (_integers, Scales) = (new short[layer.Outputs * perOutput], new double[layer.Outputs]);
        var errors = new double[perOutput];
        var (exactSums, sums) = (new double[_taps * Sums], new int[_taps * Sums]);
        for (var output = 0; output < layer.Outputs; output++)
        {
            Scales[output] = ScaleOf(output, isWide, exactSums);
            var integers = _integers.AsSpan(output * perOutput, perOutput);
            Round(output, integers, errors);
            for (var input = 0; input < layer.Inputs && _taps > 1; input++)
            {
                MendSum(integers.Slice(input * _taps, _taps), errors.AsSpan(input * _taps, _taps));
            }

            for (var first = 0; first < layer.Inputs && !isWide; first += Unit)
            {
                KeepTogether(integers, errors, first, sums);
            }
        }
    }

    /// <summary>What a weight of 1 stands for, by output.</summary>
    public double[] Scales { get; }

    /// <summary>An integer.</summary>
    public int this[int output, int input, int tap]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _integers[(((output * _layer.Inputs) + input) * _taps) + tap];
    }

    /// <summary>All of them: [output][input][tap].</summary>
    public ReadOnlySpan<short> Integers => _integers;

    /// <summary>The convolution whose weights are what the integers stand for.</summary>
    public FoldedConvolution ToFloats()
    {
        var integers = new float[_integers.Length];
        for (var i = 0; i < integers.Length; i++)
        {
            integers[i] = _integers[i];
        }

        return new FoldedConvolution(_layer.Outputs, _layer.Inputs, _layer.Kernel, _layer.Stride, integers, Scales, _layer.Bias);
    }

    // As little as the largest weight and what lies together allow.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double ScaleOf(int output, bool isWide, Span<double> sums)
    {
        double largest = 0, together = 0;
        for (var i = 0; i < _layer.Inputs; i++)
        {
            if (i % Unit == 0)
            {
                sums.Clear();
            }

            var pair = PairOf(i);
            for (var tap = 0; tap < _taps; tap++)
            {
                var weight = _layer[output, i, tap];
                var size = Math.Abs(weight);
                ref var sum = ref sums[(tap * Sums) + pair + (weight < 0 ? 1 : 0)];
                sum += size;
                largest = size > largest ? size : largest;
                together = sum > together ? sum : together;
            }
        }

        // An output without weights has zeros, at any scale.
        return largest == 0 ? 1 : isWide ? largest / _most : Math.Max(largest / _most, together / EightBitWeights.MostTogether);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Round(int output, Span<short> integers, Span<double> errors)
    {
        var (place, scale) = (0, Scales[output]);
        for (var i = 0; i < _layer.Inputs; i++)
        {
            for (var tap = 0; tap < _taps; tap++, place++)
            {
                var exact = _layer[output, i, tap] / scale;
                var rounded = Math.Round(exact);
                (integers[place], errors[place]) = ((short)rounded, rounded - exact);
            }
        }
    }

    // Those that were rounded the furthest to the side to which the sum is wrong go to the other.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MendSum(Span<short> integers, Span<double> errors)
    {
        var sum = 0.0;
        foreach (var error in errors)
        {
            sum += error;
        }

        while (Math.Abs(sum) > 0.5)
        {
            var (sign, furthest) = (Math.Sign(sum), -1);
            for (var tap = 0; tap < errors.Length; tap++)
            {
                if (errors[tap] * sign > (furthest < 0 ? 0 : errors[furthest] * sign) && Math.Abs(integers[tap] - sign) <= _most)
                {
                    furthest = tap;
                }
            }

            if (furthest < 0)
            {
                return;
            }

            integers[furthest] -= (short)sign;
            errors[furthest] -= sign;
            sum -= sign;
        }
    }

    // Rounding may have made weights of one sign that lie together a few steps too large: of them those that were rounded up the furthest
    // go down.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void KeepTogether(Span<short> integers, Span<double> errors, int first, Span<int> sums)
    {
        sums.Clear();
        var end = Math.Min(first + Unit, _layer.Inputs);
        for (var i = first; i < end; i++)
        {
            var pair = PairOf(i);
            for (var tap = 0; tap < _taps; tap++)
            {
                int weight = integers[(i * _taps) + tap];
                sums[(tap * Sums) + pair + (weight < 0 ? 1 : 0)] += Math.Abs(weight);
            }
        }

        for (var sum = 0; sum < sums.Length; sum++)
        {
            if (sums[sum] > EightBitWeights.MostTogether)
            {
                Lower(integers, errors, (first, end), sum, sums[sum] - EightBitWeights.MostTogether);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Lower(Span<short> integers, Span<double> errors, (int First, int End) inputs, int sum, int steps)
    {
        var (tap, which) = Math.DivRem(sum, Sums);
        var sign = which % 2 == 0 ? 1 : -1;
        for (; steps > 0; steps--)
        {
            var furthest = -1;
            for (var i = inputs.First; i < inputs.End; i++)
            {
                var place = (i * _taps) + tap;
                if (PairOf(i) == which - (which % 2) && integers[place] * sign > 0
                    && (furthest < 0 || errors[place] * sign > errors[furthest] * sign))
                {
                    furthest = place;
                }
            }

            integers[furthest] -= (short)sign;
            errors[furthest] -= sign;
        }
    }

    // Where the sums of an input's pair are.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int PairOf(int input) => input & 2;
}
