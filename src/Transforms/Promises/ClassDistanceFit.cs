using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Promises;

/// <summary>Means and deviations of the classes' pooled features at every head, from the rows that choose; it keeps sums alone.</summary>
/// <param name="classes">Number of classes.</param>
/// <param name="channels">Of the map that each head reads.</param>
internal sealed class ClassDistanceFit(int classes, IReadOnlyList<int> channels)
{
    /// <summary>Share of own images that are not farther off than 1.</summary>
    private const double Usual = 0.99;

    /// <summary>Least variance of a channel, as a share of the mean one: a channel that hardly ever says anything must not rule.</summary>
    private const double LeastVariance = 1e-3;

    private readonly long[] _rows = new long[classes];
    private readonly double[][] _sums = [.. channels.Select(count => new double[classes * count])];
    private readonly double[][] _squares = [.. channels.Select(count => new double[count])];

    /// <summary>Counts a row.</summary>
    /// <param name="label">Its class; rows of none of the classes are passed over.</param>
    /// <param name="features">Mean of each channel of every head's map, one head after another.</param>
    public void Add(int label, ReadOnlySpan<float> features)
    {
        if (label < 0)
        {
            return;
        }

        _rows[label]++;
        for (var head = 0; head < channels.Count; head++)
        {
            var own = features[..channels[head]];
            var sums = _sums[head].AsSpan(label * own.Length, own.Length);
            var (squares, scale) = (_squares[head], HeadDistances.Scale(own));
            for (var channel = 0; channel < own.Length; channel++)
            {
                var value = own[channel] * scale;
                sums[channel] += value;
                squares[channel] += value * value;
            }

            features = features[own.Length..];
        }
    }

    /// <summary>The distances, in units of that which few of the rows exceed.</summary>
    /// <param name="choosing">What the rows were answered, with their classes.</param>
    public ClassDistances Build(IEnumerable<(AnsweredFeatures Row, int Label)> choosing)
    {
        HeadDistances[] heads = [.. Enumerable.Range(0, channels.Count).Select(Of)];
        var distances = choosing.Select(row => Distance(heads, row.Row, row.Label)).OfType<double>().Order().ToList();
        var unit = distances.Count == 0 ? 1 : distances[Math.Max(0, (int)Math.Ceiling(Usual * distances.Count) - 1)];
        unit = unit > 0 && double.IsFinite(unit) ? unit : 1;
        return new ClassDistances(
            [.. heads.Select(head => new HeadDistances(head.Means, Array.ConvertAll(head.Weights, weight => (float)(weight / unit))))]);
    }

    // Without the row itself in the mean of its class, which would draw the mean near to it: without it the mean is n ÷ (n − 1) times as
    // far away.
    private double? Distance(HeadDistances[] heads, AnsweredFeatures row, int label)
    {
        var distance = heads[row.Head].Of(row.Features, row.Answer);
        if (row.Answer != label)
        {
            return distance;
        }

        var rows = (double)_rows[label];
        return rows > 1 ? distance * Math.Pow(rows / (rows - 1), 2) : null;
    }

    private HeadDistances Of(int head)
    {
        var (count, sums) = (channels[head], _sums[head]);
        var (total, all) = (Math.Max(1, _rows.Sum()), new double[count]);
        var variances = Array.ConvertAll(_squares[head], square => square / total);
        for (var place = 0; place < sums.Length; place++)
        {
            var (label, channel) = Math.DivRem(place, count);
            all[channel] += sums[place] / total;
        }

        // Rows that are one of a kind say nothing of how much a class varies, and then it is all rows around their mean.
        var isWithin = _rows.Sum() >= 2 * _rows.Count(rows => rows > 0);
        for (var place = 0; place < sums.Length; place++)
        {
            var (label, channel) = Math.DivRem(place, count);
            variances[channel] -= !isWithin ? sums[place] * all[channel] / total
                : _rows[label] == 0 ? 0 : sums[place] * sums[place] / _rows[label] / total;
        }

        // A class without rows has the mean of all: its answers count as far off unless images are like any.
        var means = new float[sums.Length];
        for (var place = 0; place < sums.Length; place++)
        {
            var (label, channel) = Math.DivRem(place, count);
            means[place] = (float)(_rows[label] == 0 ? all[channel] : sums[place] / _rows[label]);
        }

        var least = Math.Max(LeastVariance * variances.Average(), 1e-12);
        return new HeadDistances(means, Array.ConvertAll(variances, variance => (float)(1 / (count * (Math.Max(variance, 0) + least)))));
    }
}

/// <summary>An answer with the features that it was given by.</summary>
/// <param name="Head">The head that answered.</param>
/// <param name="Answer">The class.</param>
/// <param name="Probability">Its probability.</param>
/// <param name="Features">Mean of each channel of the head's map.</param>
internal readonly record struct AnsweredFeatures(int Head, int Answer, float Probability, float[] Features);
