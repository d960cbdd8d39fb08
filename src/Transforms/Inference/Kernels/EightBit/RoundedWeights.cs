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
        for (var output = 0; output < layer.Outputs; output++)
        {
            Scales[output] = ScaleOf(output, isWide);
            var integers = _integers.AsSpan(output * perOutput, perOutput);
            Round(output, integers, errors);
            for (var input = 0; input < layer.Inputs && _taps > 1; input++)
            {
                MendSum(integers.Slice(input * _taps, _taps), errors.AsSpan(input * _taps, _taps));
            }

            for (var tap = 0; tap < _taps && !isWide; tap++)
            {
                KeepTogether(integers, errors, tap);
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
    private double ScaleOf(int output, bool isWide)
    {
        double largest = 0, together = 0;
        for (var tap = 0; tap < _taps; tap++)
        {
            // The first pair of every four inputs, and the second.
            double above0 = 0, below0 = 0, above1 = 0, below1 = 0;
            for (var i = 0; i < _layer.Inputs; i++)
            {
                if (i % ByteMap.ChannelUnit == 0)
                {
                    above0 = below0 = above1 = below1 = 0;
                }

                var weight = _layer[output, i, tap];
                double above = Math.Max(weight, 0), below = Math.Max(-weight, 0);
                largest = Math.Max(largest, Math.Max(above, below));
                together = IsFirstPair(i)
                    ? Math.Max(together, Math.Max(above0 += above, below0 += below))
                    : Math.Max(together, Math.Max(above1 += above, below1 += below));
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
    private void KeepTogether(Span<short> integers, Span<double> errors, int tap)
    {
        for (var first = 0; first < _layer.Inputs; first += ByteMap.ChannelUnit)
        {
            var end = Math.Min(first + ByteMap.ChannelUnit, _layer.Inputs);
            int above0 = 0, below0 = 0, above1 = 0, below1 = 0;
            for (var i = first; i < end; i++)
            {
                int weight = integers[(i * _taps) + tap];
                if (IsFirstPair(i))
                {
                    (above0, below0) = (above0 + Math.Max(weight, 0), below0 + Math.Max(-weight, 0));
                }
                else
                {
                    (above1, below1) = (above1 + Math.Max(weight, 0), below1 + Math.Max(-weight, 0));
                }
            }

            Lower(integers, errors, tap, (first, end), isFirstPair: true, sign: 1, above0);
            Lower(integers, errors, tap, (first, end), isFirstPair: true, sign: -1, below0);
            Lower(integers, errors, tap, (first, end), isFirstPair: false, sign: 1, above1);
            Lower(integers, errors, tap, (first, end), isFirstPair: false, sign: -1, below1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Lower(
        Span<short> integers, Span<double> errors, int tap, (int First, int End) inputs, bool isFirstPair, int sign, int sum)
    {
        for (; sum > EightBitWeights.MostTogether; sum--)
        {
            var furthest = -1;
            for (var i = inputs.First; i < inputs.End; i++)
            {
                var place = (i * _taps) + tap;
                if (IsFirstPair(i) == isFirstPair && integers[place] * sign > 0
                    && (furthest < 0 || errors[place] * sign > errors[furthest] * sign))
                {
                    furthest = place;
                }
            }

            integers[furthest] -= (short)sign;
            errors[furthest] -= sign;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsFirstPair(int input) => input % EightBitWeights.Together < EightBitWeights.Together / 2;
}
