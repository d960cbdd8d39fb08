using AdaptiveInference.ML.Training.Recipes;

namespace AdaptiveInference.ML.Training.Loop;

/// <summary>Sums over the images of an epoch.</summary>
internal sealed class EpochTotals
{
    private double _loss;
    private double _correct;
    private double _fraction;

    public long Images { get; private set; }

    public Evaluation Mean => Images == 0 ? new Evaluation(0, 0, 0) : new Evaluation(_loss / Images, _correct / Images, _fraction / Images);

    /// <param name="images">Images of the batch.</param>
    /// <param name="loss">Sum of their cross-entropies.</param>
    /// <param name="correct">Number of right answers.</param>
    /// <param name="fraction">Sum of their compute fractions.</param>
    public void Add(int images, double loss, double correct, double fraction)
    {
        Images += images;
        _loss += loss;
        _correct += correct;
        _fraction += fraction;
    }
}
