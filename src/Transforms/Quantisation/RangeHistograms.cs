using AdaptiveInference.ML.Transforms.Budget;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Quantisation;

/// <summary>How the values that each convolution of a residual branch reads are spread between the smallest and the largest.</summary>
internal sealed class RangeHistograms
{
    private const int Bins = 4096;

    // Parts of a range in which it is cut.
    private const int Cuts = 64;

    // At either end.
    private const double CutOff = 1e-4;

    private readonly float[] _extremes;
    private readonly long[][] _counts;

    private RangeHistograms(float[] extremes)
    {
        _extremes = extremes;
        _counts = [.. Enumerable.Range(0, extremes.Length / 2).Select(_ => new long[Bins])];
    }

    /// <summary>Runs all images.</summary>
    public static unsafe RangeHistograms Of(ComputeBudgetImages images, GatedResNetModel model, RangeExtremes extremes)
    {
        var histograms = new RangeHistograms(extremes.Values);
        images.Observe(model.Policy, _ => histograms.See);
        return histograms;
    }

    /// <summary>Smallest and largest value, convolution after convolution, without what lies furthest out; 0 included.</summary>
    public float[] Percentiles()
    {
        var values = new float[_extremes.Length];
        for (var i = 0; i < _counts.Length; i++)
        {
            var (low, high) = (_extremes[2 * i], _extremes[(2 * i) + 1]);
            var (counts, step) = (_counts[i], (high - low) / Bins);
            var most = (long)(counts.Sum() * CutOff);
            values[2 * i] = Math.Min(0, low + (step * Beyond(counts, most)));
            values[(2 * i) + 1] = Math.Max(0, high - (step * Beyond(counts.Reverse(), most)));
        }

        return values;
    }

    /// <summary>
    /// Smallest and largest value, convolution after convolution, cut off at either end by the share at which errors have the least
    /// squares: those of values beyond, and those of rounding.
    /// </summary>
    public float[] LeastSquares()
    {
        var values = (float[])_extremes.Clone();
        for (var i = 0; i < _counts.Length; i++)
        {
            var (low, high, least) = (_extremes[2 * i], _extremes[(2 * i) + 1], double.PositiveInfinity);
            for (var cut = Cuts; cut >= Cuts / 4; cut--)
            {
                var (from, to) = (low * cut / Cuts, high * cut / Cuts);
                var squares = Squares(_counts[i], low, high, from, to);
                if (squares < least)
                {
                    (least, values[2 * i], values[(2 * i) + 1]) = (squares, from, to);
                }
            }
        }

        return values;
    }

    // Of the errors of values in bins from low to high where bytes cover a range. A byte stands for 0, which has no error.
    private static double Squares(long[] counts, double low, double high, double from, double to)
    {
        double bin = (high - low) / Bins, step = (to - from) / byte.MaxValue, squares = 0;
        for (var i = 0; i < Bins; i++)
        {
            var value = low + ((i + 0.5) * bin);
            var beyond = Math.Max(0, Math.Max(from - value, value - to));
            squares += Math.Abs(value) < bin ? 0 : counts[i] * (beyond > 0 ? beyond * beyond : step * step / 12);
        }

        return squares;
    }

    // Whole bins from one end that hold no more than so many values together.
    private static int Beyond(IEnumerable<long> counts, long most)
    {
        var bins = 0;
        foreach (var count in counts)
        {
            most -= count;
            if (most < 0)
            {
                break;
            }

            bins++;
        }

        return Math.Min(bins, Bins - 1);
    }

    private unsafe void See(int convolution, float* arena, FeatureMap map)
    {
        var (low, high) = (_extremes[2 * convolution], _extremes[(2 * convolution) + 1]);
        if (high <= low)
        {
            return;
        }

        var own = new long[Bins];
        var scale = Bins / (high - low);
        MapRows.Each(arena, map, row =>
        {
            foreach (var value in row)
            {
                own[Math.Clamp((int)((value - low) * scale), 0, Bins - 1)]++;
            }
        });

        var counts = _counts[convolution];
        lock (counts)
        {
            for (var bin = 0; bin < Bins; bin++)
            {
                counts[bin] += own[bin];
            }
        }
    }
}
