using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Transforms.Tests.Inference;

/// <summary>A feature map in double precision with the textbook layers over it, as slow and as plain as they can be.</summary>
internal sealed class ReferenceMap(int channels, int height, int width)
{
    private readonly double[] _values = new double[channels * height * width];

    public int Channels => channels;

    public int Height => height;

    public int Width => width;

    public double[] Values => _values;

    public double this[int c, int y, int x]
    {
        get => _values[(((c * height) + y) * width) + x];
        set => _values[(((c * height) + y) * width) + x] = value;
    }

    public ReferenceMap Convolve(ReadOnlySpan<float> weights, int outputs, int kernel, int stride)
    {
        var padding = kernel / 2;
        var result = new ReferenceMap(
            outputs, ((height + (2 * padding) - kernel) / stride) + 1, ((width + (2 * padding) - kernel) / stride) + 1);
        for (var o = 0; o < outputs; o++)
        {
            for (var i = 0; i < channels; i++)
            {
                for (var tap = 0; tap < kernel * kernel; tap++)
                {
                    double weight = weights[(((o * channels) + i) * kernel * kernel) + tap];
                    for (var y = 0; y < result.Height; y++)
                    {
                        var row = (y * stride) + (tap / kernel) - padding;
                        for (var x = 0; x < result.Width && row >= 0 && row < height; x++)
                        {
                            var column = (x * stride) + (tap % kernel) - padding;
                            if (column >= 0 && column < width)
                            {
                                result[o, y, x] += weight * this[i, row, column];
                            }
                        }
                    }
                }
            }
        }

        return result;
    }

    public ReferenceMap BatchNorm(NetworkWeights weights, string name)
    {
        var result = new ReferenceMap(channels, height, width);
        Normalise(weights, name, channels, height * width, _values).CopyTo(result._values, 0);
        return result;
    }

    public ReferenceMap Relu() => Map(value => Math.Max(0, value));

    public ReferenceMap Map(Func<double, double> function)
    {
        var result = new ReferenceMap(channels, height, width);
        for (var i = 0; i < _values.Length; i++)
        {
            result._values[i] = function(_values[i]);
        }

        return result;
    }

    /// <summary>factor · this + otherFactor · other.</summary>
    public ReferenceMap Mix(double factor, ReferenceMap other, double otherFactor)
    {
        var result = new ReferenceMap(channels, height, width);
        for (var i = 0; i < _values.Length; i++)
        {
            result._values[i] = (factor * _values[i]) + (otherFactor * other._values[i]);
        }

        return result;
    }

    public ReferenceMap MaxPool(int window, int padding)
    {
        var result = new ReferenceMap(channels, ((height + (2 * padding) - window) / 2) + 1, ((width + (2 * padding) - window) / 2) + 1);
        for (var c = 0; c < channels; c++)
        {
            for (var y = 0; y < result.Height; y++)
            {
                for (var x = 0; x < result.Width; x++)
                {
                    result[c, y, x] = Window(
                        c, (y * 2) - padding, (y * 2) - padding + window, (x * 2) - padding, (x * 2) - padding + window).Max();
                }
            }
        }

        return result;
    }

    /// <summary>PyTorch's AdaptiveAvgPool2d(side) or AdaptiveMaxPool2d(side), flattened.</summary>
    public double[] AdaptivePool(int side, Func<IEnumerable<double>, double> pool)
    {
        var result = new List<double>();
        for (var c = 0; c < channels; c++)
        {
            for (var y = 0; y < side; y++)
            {
                for (var x = 0; x < side; x++)
                {
                    result.Add(pool(Window(c, Start(y, height), End(y, height), Start(x, width), End(x, width))));
                }
            }
        }

        return [.. result];

        int Start(int bin, int size) => (int)Math.Floor((double)bin * size / side);
        int End(int bin, int size) => (int)Math.Ceiling((double)(bin + 1) * size / side);
    }

    public static double[] Linear(NetworkWeights weights, string name, double[] input)
        => Linear(weights[name + ".weight"], weights[name + ".bias"], input);

    public static double[] Linear(ReadOnlySpan<float> matrix, ReadOnlySpan<float> bias, double[] input)
    {
        var result = new double[bias.Length];
        for (var o = 0; o < result.Length; o++)
        {
            result[o] = bias[o];
            for (var i = 0; i < input.Length; i++)
            {
                result[o] += matrix[(o * input.Length) + i] * input[i];
            }
        }

        return result;
    }

    public static double[] Normalise(NetworkWeights weights, string name, int channels, int perChannel, double[] values)
    {
        var result = new double[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var c = i / perChannel % channels;
            var normal = (values[i] - weights[name + ".running_mean"][c]) / Math.Sqrt(weights[name + ".running_var"][c] + 1e-5);
            result[i] = (normal * weights[name + ".weight"][c]) + weights[name + ".bias"][c];
        }

        return result;
    }

    private IEnumerable<double> Window(int c, int top, int bottom, int left, int right)
    {
        for (var y = Math.Max(top, 0); y < Math.Min(bottom, height); y++)
        {
            for (var x = Math.Max(left, 0); x < Math.Min(right, width); x++)
            {
                yield return this[c, y, x];
            }
        }
    }
}
