using static TorchSharp.torch;

namespace AdaptiveInference.ML.Training.Recipes;

/// <summary>
/// Gates that spend more on difficult images: around the budget of all, each image has one of its own, the higher the more a way through a
/// part of the network has lost on it against the whole network. Gates learn to foresee that.
/// </summary>
internal static class DifficultyObjective
{
    /// <summary>
    /// Mean of (f − t)² over images, f the compute fraction that an image's gates make likely and t the image's own target: images are
    /// ranked by difficulty, and targets spread evenly about the budget, as far as there is room to either side.
    /// </summary>
    /// <param name="expected">Expected compute fraction of each image, with the gradient of the gates. (N)</param>
    /// <param name="difficulty">Any measure that orders the images. (N)</param>
    /// <param name="budget">Of all, as a compute fraction.</param>
    /// <param name="least">The least that can be spent.</param>
    public static Tensor Loss(Tensor expected, Tensor difficulty, double budget, double least)
    {
        var images = expected.shape[0];
        var room = Math.Max(0, Math.Min(budget - least, 1 - budget));
        if (images < 2 || room == 0)
        {
            return expected.sum() * 0;
        }

        using var _ = no_grad();
        var ranks = difficulty.detach().argsort(0).argsort(0).to(expected.dtype);
        var target = ranks.mul(2 * room / (images - 1)).add(budget - room);
        using var __ = enable_grad();
        return (expected - target).square().mean();
    }

    /// <summary>The same for gates that are told budgets: the mean over the parts of a batch that are told less than the whole.</summary>
    /// <param name="step">The batch.</param>
    /// <param name="budget">Of all images; null where gates are told budgets.</param>
    public static Tensor Of(StepResult step, float? budget)
    {
        var open = stack(step.Pass.Gates.Select(gate => gate.Logit), 1).sigmoid();
        var (expected, difficulty) = (step.Compute.FractionOf(open), step.Difficulty!);
        if (step.Budgets is not { } budgets)
        {
            return Loss(expected, difficulty, budget!.Value, step.Compute.Always);
        }

        Tensor[] losses =
        [
            .. budgets.PartsOf(expected).Zip(
                budgets.PartsOf(difficulty), (spent, part) => Loss(spent.Values, part.Values, spent.Budget, step.Compute.Always)),
        ];
        return losses is [] ? expected.sum() * 0 : stack(losses).mean();
    }
}
