using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Serving;

/// <summary>What images cost at settings of a network, each of which is measured once.</summary>
/// <param name="data">The images.</param>
internal sealed class MeanFractions(IDataView data)
{
    private const string Fraction = "AdaptiveInference.ComputeFraction";

    private readonly Dictionary<GatedResNetTransformer, double> _measured = [];

    /// <summary>The images.</summary>
    public IDataView Data => data;

    /// <summary>Mean compute fraction.</summary>
    /// <exception cref="ArgumentException">There are no images.</exception>
    public double Of(GatedResNetTransformer network)
    {
        if (!_measured.TryGetValue(network, out var mean))
        {
            _measured.Add(network, mean = Measure(network));
        }

        return mean;
    }

    private double Measure(GatedResNetTransformer network)
    {
        // Under a name of its own, because a network may have been told not to make the column; and unseen by a monitor.
        var counted = network.WithColumns(network.Columns with { ComputeFraction = Fraction, Accepted = null });
        var (sum, rows) = (0.0, 0L);
        foreach (var fraction in counted.Transform(data).GetColumn<float>(Fraction))
        {
            sum += fraction;
            rows++;
        }

        return rows > 0 ? sum / rows : throw new ArgumentException("There are no calibration images.", nameof(data));
    }
}
