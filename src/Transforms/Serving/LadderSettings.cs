using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Serving;

/// <summary>The settings that a ladder's steps are made of, the most accurate first.</summary>
internal static class LadderSettings
{
    // How sure an exit must be at the steps below the network's own setting, evenly spread down to the least.
    private const float SurestExit = 0.95f;

    public static List<GatedResNetTransformer> Of(
        GatedResNetTransformer network, MeanFractions? costs, ComputeLadderOptions options, out string? limit)
    {
        limit = null;
        var settings = new List<GatedResNetTransformer>();
        if (network.Refusal is not null)
        {
            limit = "Answers are accepted by a certificate that holds for this setting alone.";
            return [network];
        }

        if (options.FromWholeNetwork && network.ExitConfidences.Any(ExitRule.MayLeave))
        {
            settings.Add(network.With(network.Model.Policy with { ExitConfidence = [.. network.Exits.Select(_ => 1f)] }));
        }

        settings.Add(network);
        if (network.Guarantee is not null)
        {
            limit = "The network's own setting is certified, and nothing below it.";
        }
        else if (network.Exits.Count == 0 && !network.Blocks.Any(block => block.IsGated))
        {
            limit = "The network has neither gates nor early exits.";
        }
        else if (costs is not null)
        {
            settings = WithBudgets(settings, network, costs, options);
        }
        else if (network.Exits.Count > 0)
        {
            AddConfidences(settings, network, options);
        }
        else
        {
            limit = "The network has gates alone, which are not turned without calibration images.";
        }

        return settings.Count > options.Steps ? settings[..options.Steps] : settings;
    }

    // Each step saves the same share of the one before; where the network's own setting is not the first, it takes the place of the step
    // that is nearest to it.
    private static List<GatedResNetTransformer> WithBudgets(
        List<GatedResNetTransformer> settings, GatedResNetTransformer network, MeanFractions costs, ComputeLadderOptions options)
    {
        var (first, own) = (costs.Of(settings[0]), costs.Of(network));
        var budgets = new List<double>();
        for (var i = 1; i < options.Steps && first > options.LeastComputeFraction; i++)
        {
            budgets.Add(first * Math.Pow(options.LeastComputeFraction / first, i / (options.Steps - 1.0)));
        }

        if (settings.Count > 1 && budgets.Count > 0)
        {
            budgets.Remove(budgets.MinBy(budget => Math.Abs(Math.Log(budget / own))));
        }

        var withBudget = network.WithComputeBudgets(costs.Data);
        var all = new List<(double Fraction, GatedResNetTransformer Network)> { (first, settings[0]) };
        if (settings.Count > 1)
        {
            all.Add((own, network));
        }

        foreach (var budget in budgets)
        {
            try
            {
                all.Add((budget, withBudget(budget)));
            }
            catch (ArgumentOutOfRangeException)
            {
                // Out of the network's reach, and so are those below: the ladder ends here.
                break;
            }
        }

        return [.. all.OrderByDescending(setting => setting.Fraction).Select(setting => setting.Network)];
    }

    private static void AddConfidences(
        List<GatedResNetTransformer> settings, GatedResNetTransformer network, ComputeLadderOptions options)
    {
        var own = network.ExitConfidences;

        // An exit that is closed while others are open was found to be of no use.
        var allClosed = !own.Any(ExitRule.MayLeave);
        var more = options.Steps - settings.Count;
        for (var i = 1; i <= more; i++)
        {
            var most = SurestExit + ((float)(options.LeastExitConfidence - SurestExit) * (more == 1 ? 1 : (i - 1f) / (more - 1)));
            float[] confidences =
                [.. own.Select(confidence => ExitRule.MayLeave(confidence) || allClosed ? Math.Min(confidence, most) : 1)];
            if (!confidences.SequenceEqual(settings[^1].ExitConfidences))
            {
                settings.Add(network.With(network.Model.Policy with { ExitConfidence = confidences }));
            }
        }
    }
}
