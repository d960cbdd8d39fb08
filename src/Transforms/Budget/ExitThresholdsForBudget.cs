using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Budget;

/// <summary>Thresholds of all exits for a budget, given what every exit answers.</summary>
/// <param name="Answers">What they were chosen by.</param>
/// <param name="Thresholds">How certain each exit must be; 1 for an exit that none takes.</param>
/// <param name="Fraction">Mean compute fraction.</param>
/// <param name="ExpectedAccuracy">Mean of the probabilities that the answers are right.</param>
internal sealed record ExitThresholdsForBudget(ComputeBudgetAnswers Answers, float[] Thresholds, double Fraction, double ExpectedAccuracy)
{
    /// <summary>Passes over the exits: each one's best threshold depends on those of the others, and settles soon.</summary>
    private const int Sweeps = 4;

    /// <summary>Bisection steps, for the price of compute and between two settings.</summary>
    private const int Halvings = 24;

    /// <summary>Highest price of compute, in expected accuracy per compute fraction: beyond it the cheapest exit is always best.</summary>
    private const double HighestPrice = 100;

    /// <summary>
    /// The highest expected accuracy for a mean compute fraction that comes near to <paramref name="budget"/> and does not exceed it.
    /// Compute has a price (a Lagrange multiplier); at a given price the best thresholds can be found exit by exit, and the price is
    /// bisected until the budget is met. A budget above the best choice at price 0 is used up too: then the thresholds of all exits rise.
    /// </summary>
    public static ExitThresholdsForBudget Choose(ComputeBudgetAnswers answers, double budget)
    {
        var orders = Orders(answers);
        var (cheapest, costliest) = (Same(answers, 0), Same(answers, 1));
        if (costliest.Fraction <= budget)
        {
            return costliest;
        }

        var free = Best(answers, orders, 0);
        if (free.Fraction <= budget)
        {
            return Between(answers, free, costliest, budget);
        }

        (costliest, var low, var high) = (free, 0.0, 1.0);
        for (var step = 0; step < Halvings; step++)
        {
            // Prices that matter lie near 0.
            var middle = (low + high) / 2;
            var choice = Best(answers, orders, HighestPrice * Math.Pow(middle, 5));
            if (choice.Fraction <= budget)
            {
                (cheapest, high) = (choice, middle);
            }
            else
            {
                (costliest, low) = (choice, middle);
            }
        }

        return ComputeBudget.Best(
            [Between(answers, cheapest, costliest, budget), Between(answers, Same(answers, 0), Same(answers, 1), budget)], budget);
    }

    /// <summary>For each exit the images, the most certain first.</summary>
    public static int[][] Orders(ComputeBudgetAnswers answers) => [.. answers.Confidence.Select(Descending)];

    /// <summary>The first exit at which an image leaves; the number of exits for one that leaves at none.</summary>
    public static int FirstLeft(ComputeBudgetAnswers answers, int image, float[] thresholds)
    {
        var exit = 0;
        while (exit < answers.Exits && !Leaves(answers, exit, image, thresholds))
        {
            exit++;
        }

        return exit;
    }

    private static ExitThresholdsForBudget Same(ComputeBudgetAnswers answers, float threshold)
        => Of(answers, [.. Enumerable.Repeat(threshold, answers.Exits)]);

    // Between two neighbouring prices thresholds jump. What is left of the budget is spent by moving part of the way.
    private static ExitThresholdsForBudget Between(
        ComputeBudgetAnswers answers, ExitThresholdsForBudget within, ExitThresholdsForBudget beyond, double budget)
    {
        var best = within;
        double low = 0, high = 1;
        for (var step = 0; step < Halvings; step++)
        {
            var part = (low + high) / 2;
            var choice = Of(
                answers, [.. within.Thresholds.Zip(beyond.Thresholds, (from, to) => (float)(from + (part * ((double)to - from))))]);
            if (choice.Fraction > budget)
            {
                high = part;
                continue;
            }

            (low, best) = (part, choice);
        }

        return best;
    }

    /// <summary>The best thresholds at a price of compute, in expected accuracy per compute fraction.</summary>
    /// <param name="answers">What every exit answers.</param>
    /// <param name="orders">For each exit the images, the most certain first; see <see cref="Orders"/>.</param>
    /// <param name="price">0 or more.</param>
    public static ExitThresholdsForBudget Best(ComputeBudgetAnswers answers, int[][] orders, double price)
    {
        var thresholds = Enumerable.Repeat(1f, answers.Exits).ToArray();
        for (var sweep = 0; sweep < Sweeps; sweep++)
        {
            // Backwards from the last exit: the value of staying in the network is then known. Where an image leaves before an exit does
            // not change until that exit's turn.
            var left = Enumerable.Range(0, answers.Images).Select(image => FirstLeft(answers, image, thresholds)).ToArray();
            var staying = Enumerable.Range(0, answers.Images).Select(image => Gain(answers, answers.Exits, image, price)).ToArray();
            for (var exit = answers.Exits - 1; exit >= 0; exit--)
            {
                thresholds[exit] = Threshold(answers, exit, [.. orders[exit].Where(image => left[image] >= exit)], staying, price);
                for (var image = 0; image < answers.Images; image++)
                {
                    staying[image] = Leaves(answers, exit, image, thresholds) ? Gain(answers, exit, image, price)
                        : ExitRule.MayLeave(thresholds[exit]) ? staying[image] - (price * answers.ExitCost[exit]) : staying[image];
                }
            }
        }

        return Of(answers, thresholds);
    }

    private static float Threshold(
        ComputeBudgetAnswers answers, int exit, int[] coming, double[] staying, double price)
    {
        // Evaluating the exit costs all images that come to it, unless none leaves there: then it is not evaluated at all.
        var leaving = ExitThresholdSearch.Leaving(
            coming,
            image => answers.Confidence[exit][image],
            image => Gain(answers, exit, image, price) + (price * answers.ExitCost[exit]) - staying[image],
            price * answers.ExitCost[exit] * coming.Length);
        return leaving == 0 ? 1f
            : leaving == coming.Length ? 0f
            : ExitThresholdSearch.ThresholdOf(answers.Confidence[exit][coming[leaving - 1]]);
    }

    private static ExitThresholdsForBudget Of(ComputeBudgetAnswers answers, float[] thresholds)
    {
        var (fraction, accuracy) = (0.0, 0.0);
        for (var image = 0; image < answers.Images; image++)
        {
            var (head, exits) = (0, 0.0);
            for (; head < answers.Exits && !Leaves(answers, head, image, thresholds); head++)
            {
                exits += ExitRule.MayLeave(thresholds[head]) ? answers.ExitCost[head] : 0;
            }

            fraction += answers.Cost[head][image] + exits;
            accuracy += answers.CorrectProbability[head][image];
        }

        // Rounded, so that sums of fractions do not exceed a budget that they meet.
        return new ExitThresholdsForBudget(answers, thresholds, Math.Round(fraction / answers.Images, 9), accuracy / answers.Images);
    }

    private static double Gain(ComputeBudgetAnswers answers, int head, int image, double price)
        => answers.CorrectProbability[head][image] - (price * answers.Cost[head][image]);

    private static bool Leaves(ComputeBudgetAnswers answers, int exit, int image, float[] thresholds)
        => ExitRule.Leaves(answers.Confidence[exit][image], thresholds[exit]);

    private static int[] Descending(double[] confidence)
        => [.. Enumerable.Range(0, confidence.Length).OrderByDescending(image => confidence[image])];
}
