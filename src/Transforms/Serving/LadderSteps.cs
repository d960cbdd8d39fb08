using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Serving;

/// <summary>What the settings of a ladder cost.</summary>
internal static class LadderSteps
{
    // A step that saves less than this share of the one before is not worth its loss of accuracy.
    private const double LeastSaving = 0.05;

    // Where nothing was measured: each step costs this share of the one before, until images show what it does cost.
    private const double GuessedShare = 0.8;

    private const string Fraction = "AdaptiveInference.ComputeFraction";

    /// <summary>Steps of settings whose cost is not known.</summary>
    public static ComputeStep[] Guess(IReadOnlyList<GatedResNetTransformer> settings)
        => [.. settings.Select((network, i) => new ComputeStep
        {
            Network = network, ComputeFraction = Math.Pow(GuessedShare, i), IsMeasured = false,
        })];

    /// <summary>Steps of settings whose cost is measured; those that save nearly nothing are left out.</summary>
    /// <param name="settings">The most accurate first.</param>
    /// <param name="data">Images to measure with.</param>
    /// <param name="own">The setting that is never left out, as the first is not.</param>
    public static ComputeStep[] Measure(
        IReadOnlyList<GatedResNetTransformer> settings, IDataView data, GatedResNetTransformer own)
    {
        var steps = new List<ComputeStep>();
        foreach (var network in settings)
        {
            var fraction = MeanFraction(network, data);
            var saves = steps.Count == 0 || fraction < (1 - LeastSaving) * steps[^1].ComputeFraction;
            if (!saves && ReferenceEquals(network, own) && !ReferenceEquals(steps[^1].Network, settings[0]))
            {
                steps.RemoveAt(steps.Count - 1);
            }

            if (saves || ReferenceEquals(network, own))
            {
                steps.Add(new ComputeStep { Network = network, ComputeFraction = fraction, IsMeasured = true });
            }
        }

        return [.. steps];
    }

    /// <summary>Mean compute fraction of images.</summary>
    /// <exception cref="ArgumentException">There are none.</exception>
    public static double MeanFraction(GatedResNetTransformer network, IDataView data)
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
