using AdaptiveInference.ML.Transforms.Inference;
using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Scoring;

/// <summary>
/// Searches the thresholds under which the mean compute fraction on given data comes closest to a budget from below.
/// </summary>
/// <remarks>
/// Exits are the dial where the network has them, because they span nearly the whole range; else the gates' common threshold is. Mean
/// compute falls when either threshold is turned towards faster, so bisection finds the setting.
/// </remarks>
internal static class ComputeBudget
{
    /// <summary>Halvings of a range of thresholds from 0 to 1: probabilities of trained gates crowd near both ends.</summary>
    private const int Steps = 16;

    public static GatedResNetTransformer Find(GatedResNetTransformer transformer, IDataView data, double budget)
    {
        if (!(budget > 0 && double.IsFinite(budget)))
        {
            throw new ArgumentOutOfRangeException("computeFraction", $"Compute fraction must be above 0, got {budget}.");
        }

        var policy = transformer.Model.Policy;
        var hasExits = transformer.Model.Spec.Exits.Count > 0;

        // Both settings run from 0, everything, to 1, as little as the network can.
        ScoringPolicy Setting(double speed) => hasExits
            ? policy with { ExitConfidence = [.. transformer.Model.Spec.Exits.Select(_ => (float)(1 - speed))] }
            : policy with { GateThreshold = (float)speed };

        var slowest = transformer.With(Setting(0));
        var most = MeanCompute(slowest, data);
        if (most <= budget)
        {
            return slowest;
        }

        var best = transformer.With(Setting(1));
        var least = MeanCompute(best, data);
        if (least > budget)
        {
            throw new ArgumentOutOfRangeException(
                "computeFraction", $"Compute fraction {budget:0.###} is out of reach: on this data the network can run at {least:0.###} to {most:0.###}.");
        }

        double low = 0, high = 1;
        for (var step = 0; step < Steps; step++)
        {
            var middle = (low + high) / 2;
            var candidate = transformer.With(Setting(middle));
            if (MeanCompute(candidate, data) <= budget)
            {
                (best, high) = (candidate, middle);
            }
            else
            {
                low = middle;
            }
        }

        return best;
    }

    private static double MeanCompute(GatedResNetTransformer transformer, IDataView data)
    {
        // The saved model may leave the column out; this search cannot.
        var columns = transformer.Columns;
        var scored = transformer.TransformWith(columns with { ComputeFraction = columns.ComputeFraction ?? "ComputeFraction" }, data);
        var column = scored.Schema[scored.Schema.Count - 1];
        double sum = 0;
        long rows = 0;
        using var cursor = scored.GetRowCursor([column]);
        var getter = cursor.GetGetter<float>(column);
        while (cursor.MoveNext())
        {
            float value = 0;
            getter(ref value);
            sum += value;
            rows++;
        }

        return rows > 0 ? sum / rows : throw new ArgumentException("Calibration data has no rows.", "calibrationData");
    }
}
