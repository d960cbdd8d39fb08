using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Training.Optimisation;

/// <summary>Keeps the weights of the best epoch of a stage, and knows when waiting for a better one is over.</summary>
internal sealed class BestWeights(EarlyStopping? stopping)
{
    /// <summary>What has been found so far.</summary>
    /// <param name="Weights">The best weights, null before the first offer.</param>
    /// <param name="ValidationScore">What they are worth.</param>
    /// <param name="Mark">ValidationScore of the last improvement that counted.</param>
    /// <param name="Waited">Epochs since then.</param>
    public sealed record State(NetworkWeights? Weights, double ValidationScore, double Mark, int Waited);

    /// <summary>What has been found so far.</summary>
    public State Found { get; set; } = new(null, double.NegativeInfinity, double.NegativeInfinity, 0);

    /// <summary>Whether no epoch has improved enough for as long as the options allow.</summary>
    public bool IsStale => stopping is not null && Found.Waited >= stopping.Patience;

    /// <summary>Keeps the network's weights if they are better than all before.</summary>
    public void Offer(double merit, GatedResNetModule network)
    {
        if (merit > Found.ValidationScore)
        {
            Found = Found with { ValidationScore = merit, Weights = network.Export() };
        }

        // A gain too small to count does not move the mark, so that many small ones add up to one that does.
        Found = merit > Found.Mark + (stopping?.MinimumImprovement ?? 0)
            ? Found with { Mark = merit, Waited = 0 }
            : Found with { Waited = Found.Waited + 1 };
    }

    /// <summary>Puts the best weights into the network; without any offer it stays as it is.</summary>
    public void Restore(GatedResNetModule network)
    {
        if (Found.Weights is { } weights)
        {
            network.Load(weights);
        }
    }
}
