using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Training.Optimisation;

/// <summary>Keeps the weights of the epoch of a stage with the highest validation score, and says when to stop early.</summary>
internal sealed class BestWeights(EarlyStopping? stopping)
{
    /// <summary>What has been found so far.</summary>
    /// <param name="Weights">The best weights, null before the first offer.</param>
    /// <param name="ValidationScore">Their validation score, the highest so far.</param>
    /// <param name="ReferenceScore">Score at the last improvement that counted, which the next one has to exceed by enough.</param>
    /// <param name="Waited">Epochs since then.</param>
    public sealed record State(NetworkWeights? Weights, double ValidationScore, double ReferenceScore, int Waited);

    /// <summary>What has been found so far.</summary>
    public State Found { get; set; } = new(null, double.NegativeInfinity, double.NegativeInfinity, 0);

    /// <summary>Whether no epoch has improved enough for as long as the options allow.</summary>
    public bool IsStale => stopping is not null && Found.Waited >= stopping.Patience;

    /// <summary>Keeps the network's weights if they are better than all before.</summary>
    public void Offer(double score, GatedResNetModule network)
    {
        if (score > Found.ValidationScore)
        {
            Found = Found with { ValidationScore = score, Weights = network.Export() };
        }

        // A gain too small to count leaves the reference as it is, so that several small ones add up to one that counts.
        Found = score > Found.ReferenceScore + (stopping?.MinimumImprovement ?? 0)
            ? Found with { ReferenceScore = score, Waited = 0 }
            : Found with { Waited = Found.Waited + 1 };
    }

    /// <summary>Puts the best weights into the network; without any offer it stays as it is.</summary>
    /// <returns>They; null without any offer.</returns>
    public NetworkWeights? Restore(GatedResNetModule network)
    {
        if (Found.Weights is { } weights)
        {
            network.Load(weights);
        }

        return Found.Weights;
    }
}
