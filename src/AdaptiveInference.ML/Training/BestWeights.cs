using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Training;

/// <summary>Keeps the weights of the best epoch of a stage, and knows when waiting for a better one is over.</summary>
internal sealed class BestWeights(EarlyStopping? stopping)
{
    private NetworkWeights? _weights;
    private double _merit = double.NegativeInfinity;
    private double _mark = double.NegativeInfinity;
    private int _waited;

    /// <summary>Whether no epoch has improved enough for as long as the options allow.</summary>
    public bool IsStale => stopping is not null && _waited >= stopping.Patience;

    /// <summary>Keeps the network's weights if they are better than all before.</summary>
    public void Offer(double merit, GatedResNetModule network)
    {
        if (merit > _merit)
        {
            (_merit, _weights) = (merit, network.Export());
        }

        // A gain too small to count does not move the mark, so that many small ones add up to one that does.
        if (merit > _mark + (stopping?.MinimumImprovement ?? 0))
        {
            (_mark, _waited) = (merit, 0);
        }
        else
        {
            _waited++;
        }
    }

    /// <summary>Puts the best weights into the network; without any offer it stays as it is.</summary>
    public void Restore(GatedResNetModule network)
    {
        if (_weights is not null)
        {
            network.Load(_weights);
        }
    }
}
