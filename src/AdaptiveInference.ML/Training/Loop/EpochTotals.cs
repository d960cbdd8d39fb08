using AdaptiveInference.ML.Training.Recipes;

namespace AdaptiveInference.ML.Training.Loop;

/// <summary>Sums over the images of an epoch.</summary>
internal sealed class EpochTotals
{
    private double _loss;
    private double _correct;
    private double _fraction;
    private double[] _correctAtExits = [];

    public long Images { get; private set; }

    /// <summary>Right answers of all exits together.</summary>
    public double CorrectAtExits => _correctAtExits.Sum();

    public ValidationResult Mean => Images == 0
        ? new ValidationResult(0, 0, 0)
        : new ValidationResult(_loss / Images, _correct / Images, _fraction / Images)
        {
            AccuracyOfExits = [.. _correctAtExits.Select(correct => correct / Images)],
        };

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

    /// <summary>Adds the number of right answers of each exit.</summary>
    public void AddExits(IReadOnlyList<double> correct)
        => _correctAtExits = _correctAtExits.Length == 0 ? [.. correct] : [.. _correctAtExits.Zip(correct, (sum, one) => sum + one)];
}
