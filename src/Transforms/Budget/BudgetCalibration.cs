using System.Numerics.Tensors;
using AdaptiveInference.ML.Transforms.Budget;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Statistics;

namespace AdaptiveInference.ML.Transforms;

/// <summary>What the thresholds of a budget were chosen by. Text for people is <see cref="ToString"/>.</summary>
public sealed record BudgetCalibration
{
    /// <summary>Rows whose images were run.</summary>
    public required long Rows { get; init; }

    /// <summary>Rows that were left out because they have no label, or one of a class that the network does not know.</summary>
    public required long RowsLeftOut { get; init; }

    /// <summary>
    /// Whether settings were judged by the accuracy on these rows' labels. Otherwise answers count as right with the probability that the
    /// network itself gives them.
    /// </summary>
    public required bool HasLabels { get; init; }

    /// <summary>
    /// Share of <see cref="Rows"/> that the whole network answers rightly, 0 to 1; null without labels, and after a training, which says
    /// its own.
    /// </summary>
    public double? WholeNetworkAccuracy { get; init; }

    /// <summary>
    /// False where that is not clearly more often than a blind guess, which is right once in the number of classes (an exact binomial test
    /// at 1 %; of fewer than a hundred rows their plain share): labels then seem to have nothing to do with the answers. True without
    /// labels.
    /// </summary>
    public bool LabelsFit { get; init; } = true;

    /// <summary>
    /// Whether labels were matched to the network's classes by their position, because keys or classes have no names to compare.
    /// </summary>
    public bool LabelsByPosition { get; init; }

    /// <summary>One sentence, or some.</summary>
    public override string ToString()
    {
        var leftOut = RowsLeftOut == 0 ? "" : $" ({ShareText.Count(RowsLeftOut)} without one that the network knows left out)";
        var rows = FormattableString.Invariant($"{Rows:N0} row{(Rows == 1 ? "" : "s")}");
        return HasLabels
            ? $"Thresholds were chosen by the accuracy on the labels of {rows}{leftOut}."
                + CalibrationText.Misfit(LabelsFit, "The whole network is", WholeNetworkAccuracy)
                + CalibrationText.ByPosition(LabelsByPosition)
            : $"Thresholds were chosen on {rows} without labels, by the probabilities that the network gives its answers.";
    }

    internal static BudgetCalibration Of(ComputeBudgetImages images, ScoringPolicy policy)
    {
        var calibration = new BudgetCalibration
        {
            Rows = images.Count, RowsLeftOut = images.LeftOut, HasLabels = images.Labels is not null,
        };
        if (images.Labels is not { } labels)
        {
            return calibration;
        }

        var isRight = new bool[images.Count];
        images.Run(
            policy with { GateThreshold = 0, ExitConfidence = [] },
            (image, probabilities, _) => isRight[image] = TensorPrimitives.IndexOfMax<float>(probabilities) == labels[image]);
        var right = isRight.LongCount(row => row);
        return calibration with
        {
            WholeNetworkAccuracy = (double)right / images.Count,
            LabelsFit = Guessing.IsBeaten(right, images.Count, images.Plan.Blocks.Spec.Classes, isTooFew: images.Count < FewRows),
            LabelsByPosition = images.LabelsByPosition,
        };
    }

    // Of fewer a test could not tell a fair network from guesses.
    private const int FewRows = 100;
}
