namespace AdaptiveInference.ML.Transforms.Serving;

/// <summary>What the settings of a ladder cost.</summary>
internal static class LadderSteps
{
    // A step that saves less than this share of the one before is not worth its loss of accuracy.
    private const double LeastSaving = 0.05;

    // Where nothing was measured: each step costs this share of the one before, until images show what it does cost.
    private const double GuessedShare = 0.8;

    /// <summary>Steps of settings whose cost is not known.</summary>
    public static ComputeStep[] Guess(IReadOnlyList<GatedResNetTransformer> settings)
        => [.. settings.Select((network, i) => new ComputeStep
        {
            Network = network, ComputeFraction = Math.Pow(GuessedShare, i), IsMeasured = false,
        })];

    /// <summary>Steps of settings whose cost is measured; those that save nearly nothing are left out.</summary>
    /// <param name="settings">The most accurate first.</param>
    /// <param name="costs">What they cost.</param>
    /// <param name="own">The setting that is never left out, as the first is not.</param>
    public static ComputeStep[] Measure(
        IReadOnlyList<GatedResNetTransformer> settings, MeanFractions costs, GatedResNetTransformer own)
    {
        var steps = new List<ComputeStep>();
        foreach (var network in settings)
        {
            var fraction = costs.Of(network);
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
}
