using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Kernels;
using AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

namespace AdaptiveInference.ML.Transforms.Tests.Inference.Kernels.EightBit;

/// <summary>A convolution in 8 bits as plain loops over integers.</summary>
internal sealed class EightBitReference
{
    private readonly FoldedConvolution _layer;
    private readonly double _step;
    private readonly double[] _scales;
    private readonly int[] _sums;

    /// <param name="layer">The convolution.</param>
    /// <param name="input">What it reads.</param>
    /// <param name="from">What its bytes stand for.</param>
    /// <param name="isWide">Whether it is in 16 bits.</param>
    public EightBitReference(FoldedConvolution layer, ReferenceMap input, ByteScale from, bool isWide = false)
    {
        (_layer, _step) = (layer, from.Scale);
        (Height, Width) = ((input.Height + layer.Stride - 1) / layer.Stride, (input.Width + layer.Stride - 1) / layer.Stride);
        var taps = layer.Kernel * layer.Kernel;
        var most = isWide ? 4095 : 255;
        var pixels = input.Values.Select(value => Quantise((float)value, (float)(1 / from.Scale), from.Zero, most)).ToArray();
        var weights = new RoundedWeights(layer, isWide);
        _scales = weights.Scales;
        _sums = new int[layer.Outputs * Height * Width];
        for (var output = 0; output < layer.Outputs; output++)
        {
            for (var pixel = 0; pixel < Height * Width; pixel++)
            {
                for (var tap = 0; tap < taps; tap++)
                {
                    var y = (pixel / Width * layer.Stride) + (tap / layer.Kernel) - (layer.Kernel / 2);
                    var x = (pixel % Width * layer.Stride) + (tap % layer.Kernel) - (layer.Kernel / 2);
                    for (var i = 0; i < layer.Inputs && y >= 0 && y < input.Height && x >= 0 && x < input.Width; i++)
                    {
                        _sums[(output * Height * Width) + pixel] += weights[output, i, tap]
                            * (pixels[(i * input.Height * input.Width) + (y * input.Width) + x] - from.Zero);
                    }
                }
            }
        }
    }

    public int Height { get; }

    public int Width { get; }

    public float[] Floats(ReferenceMap before, Epilogue epilogue)
        => [.. _sums.Select((sum, i) =>
        {
            var value = Scale(sum, i, 1, 0);
            value += (epilogue & Epilogue.Add) != 0 ? (float)before.Values[i] : 0;
            return (epilogue & Epilogue.Relu) != 0 ? Math.Max(0, value) : value;
        })];

    public byte[] Bytes(ByteScale to) => [.. _sums.Select((sum, i) => Round(Scale(sum, i, to.Scale, to.Zero)))];

    private float Scale(int sum, int index, double step, int zero)
    {
        var output = index / (Height * Width);
        var product = (float)sum * (float)(_step * _scales[output] / step);
        return product + (float)((_layer.Bias[output] / step) + zero);
    }

    private static int Quantise(float value, float scale, int zero, int most)
    {
        var product = value * scale;
        return (int)MathF.Round(Math.Clamp(product + zero, 0, most));
    }

    private static byte Round(float value) => (byte)MathF.Round(Math.Clamp(value, 0, 255));
}
