using System.Runtime.Intrinsics;
using AdaptiveInference.ML.Transforms.Budget;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Quantisation;

/// <summary>
/// The mean, over images and pixels, of what each channel that a convolution reads becomes as bytes, and of what it loses by that: from
/// them follows the mean error of each output, which is taken off its bias (Nagel et al., "Data-Free Quantization Through Weight
/// Equalization and Bias Correction", ICCV 2019, equation 15, here from images). What a border changes is left out.
/// </summary>
internal sealed class RoundingErrors
{
    // Sums of images are added as whole numbers of this part of a step, so that the order of images changes nothing.
    private const double Parts = 1 << 16;

    private readonly ByteScale[] _scales;
    private readonly long[][] _bytes;
    private readonly long[][] _errors;
    private readonly long[] _pixels;

    private RoundingErrors(float[] ranges)
    {
        var count = ranges.Length / 2;
        (_bytes, _errors, _pixels, _scales) = (new long[count][], new long[count][], new long[count], new ByteScale[count]);
        for (var i = 0; i < count; i++)
        {
            _scales[i] = ByteScale.Of(ranges[2 * i], ranges[(2 * i) + 1]);
        }
    }

    /// <summary>Runs all images once, for several choices of ranges.</summary>
    public static unsafe RoundingErrors[] Of(ComputeBudgetImages images, GatedResNetModel model, params float[][] ranges)
    {
        var all = Array.ConvertAll(ranges, values => new RoundingErrors(values));
        images.Observe(model.Policy, _ => (convolution, arena, map) =>
        {
            foreach (var errors in all)
            {
                errors.See(convolution, arena, map);
            }
        });
        return all;
    }

    /// <summary>The biases that take mean errors off.</summary>
    public Int8Biases Biases(GatedResNetModel model)
    {
        var biases = new List<float>(Int8Biases.Count(model.Blocks));
        var first = 0;
        foreach (var block in model.Blocks.Blocks)
        {
            for (var i = 0; i < block.Body.Count; i++)
            {
                biases.AddRange(Biases(FoldedConvolution.Of(model.Weights, block.Body[i]), first + i));
            }

            if (block.Projection is { } projection)
            {
                biases.AddRange(Biases(FoldedConvolution.Of(model.Weights, projection), first));
            }

            first += block.Body.Count;
        }

        return new Int8Biases(model.Blocks, [.. biases]);
    }

    private float[] Biases(FoldedConvolution layer, int convolution)
    {
        var rounded = new RoundedWeights(layer).ToFloats();
        var step = _scales[convolution].Scale / (Parts * _pixels[convolution]);
        var biases = new float[layer.Outputs];
        for (var output = 0; output < biases.Length; output++)
        {
            var error = 0.0;
            for (var i = 0; i < layer.Inputs; i++)
            {
                double weights = 0, change = 0;
                for (var tap = 0; tap < layer.Kernel * layer.Kernel; tap++)
                {
                    weights += layer[output, i, tap];
                    change += rounded[output, i, tap] - layer[output, i, tap];
                }

                error += (change * _bytes[convolution][i]) + (weights * _errors[convolution][i]);
            }

            biases[output] = (float)(-error * step);
        }

        return biases;
    }

    private unsafe void See(int convolution, float* arena, FeatureMap map)
    {
        var (bytes, errors) = (new double[map.Groups * map.Lanes], new double[map.Groups * map.Lanes]);
        var scale = Vector128.Create((float)(1 / _scales[convolution].Scale));
        var zero = Vector128.Create((float)_scales[convolution].Zero);
        var magic = Vector128.Create(ByteRounding.Magic);
        for (var channel = 0; channel < bytes.Length; channel += Vector128<float>.Count)
        {
            var first = arena + map.Offset + ((long)(channel / map.Lanes) * map.GroupStride) + (channel % map.Lanes);
            for (var y = 0; y < map.Height; y++)
            {
                Vector128<float> sum = default, error = default;
                for (var x = 0; x < map.Width; x++)
                {
                    var value = Vector128.Load(first + ((long)y * map.RowStride) + (x * map.Lanes)) * scale;
                    var inRange = Vector128.Min(Vector128.Max(value + zero, default), Vector128.Create(ByteRounding.Largest));
                    var whole = inRange + magic - magic - zero;
                    sum += whole;
                    error += whole - value;
                }

                for (var lane = 0; lane < Vector128<float>.Count; lane++)
                {
                    bytes[channel + lane] += sum[lane];
                    errors[channel + lane] += error[lane];
                }
            }
        }

        Add(ref _bytes[convolution], bytes);
        Add(ref _errors[convolution], errors);
        Interlocked.Add(ref _pixels[convolution], map.Height * map.Width);
    }

    private static void Add(ref long[] sums, double[] values)
    {
        if (sums is null)
        {
            Interlocked.CompareExchange(ref sums!, new long[values.Length], null);
        }

        for (var i = 0; i < values.Length; i++)
        {
            Interlocked.Add(ref sums[i], (long)Math.Round(values[i] * Parts));
        }
    }
}
