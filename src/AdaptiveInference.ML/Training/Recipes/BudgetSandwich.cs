using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Training.Data;

namespace AdaptiveInference.ML.Training.Recipes;

/// <summary>
/// Which budgets a training step sees: the sandwich rule (Yu and Huang, "Universally Slimmable Networks", ICCV 2019) of the whole network,
/// the least budget and two that are drawn, one of either half between them. Theirs are passes of their own; here all are parts of one
/// batch, which costs one pass and gives batch-norm one distribution, the same in training and scoring.
/// </summary>
internal static class BudgetSandwich
{
    /// <summary>Budgets below this are not trained for: a network of CIFAR's size then has a block or two.</summary>
    private const double LeastOfAll = 0.2;

    /// <summary>What gates have to decide about at the least budget.</summary>
    private const double LeastChoice = 0.05;

    /// <summary>Budgets by which epochs are judged, the whole network among them.</summary>
    private const int Judged = 5;

    /// <summary>The least budget that a network is trained for.</summary>
    /// <param name="always">Compute fraction that every image needs.</param>
    public static double Least(double always) => Math.Min(1, Math.Max(LeastOfAll, always + LeastChoice));

    /// <summary>Budgets of a step, in random order, so that a batch of fewer images than parts does not always lack the same.</summary>
    public static BatchBudgets Draw(ref RandomStream random, double always)
    {
        var least = Least(always);
        var middle = (least + 1) / 2;
        float[] parts = [1, (float)least, (float)random.Next(least, middle), (float)random.Next(middle, 1)];
        random.Shuffle(parts.AsSpan());
        return new BatchBudgets(parts);
    }

    /// <summary>Budgets by which an epoch is judged: evenly spaced from the least to the whole network.</summary>
    public static BatchBudgets OfEvaluation(double always)
    {
        var least = Least(always);
        return new BatchBudgets([.. Enumerable.Range(0, Judged).Select(i => (float)(least + ((1 - least) * i / (Judged - 1))))]);
    }
}
