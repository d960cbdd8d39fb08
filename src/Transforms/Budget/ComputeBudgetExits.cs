namespace AdaptiveInference.ML.Transforms.Budget;

/// <summary>Thresholds of all exits for a budget, given what every exit says.</summary>
/// <param name="Answers">What they were chosen by.</param>
/// <param name="Thresholds">How certain each exit must be; 1 for an exit that none takes.</param>
/// <param name="Fraction">Mean compute fraction.</param>
/// <param name="Worth">Mean worth of the answers.</param>
internal sealed record ComputeBudgetExits(ComputeBudgetAnswers Answers, float[] Thresholds, double Fraction, double Worth)
{
    /// <summary>Passes over the exits: each one's best threshold depends on those of the others, and settles soon.</summary>
    private const int Sweeps = 4;

    /// <summary>Halvings of the price of compute and of the way between two settings.</summary>
    private const int Halvings = 24;

    /// <summary>Highest price of compute, in worth per compute fraction: no answer is worth more than 1.</summary>
    private const double HighestPrice = 100;

    /// <summary>
    /// The most worth for a mean compute fraction that comes near to <paramref name="budget"/> and does not exceed it. Compute is given a
    /// price (a Lagrange multiplier); at a given price the best thresholds can be found exit by exit, and the price is turned until the
    /// budget is met. A user who asks for more compute than the model sees a use for gets it: then all exits ask for more certainty.
    /// </summary>
    public static ComputeBudgetExits Choose(ComputeBudgetAnswers answers, double budget)
    {
        var orders = answers.Confidence.Select(Descending).ToArray();
        var (cheapest, dearest) = (Same(answers, 0), Same(answers, 1));
        if (dearest.Fraction <= budget)
        {
            return dearest;
        }

        var free = Best(answers, orders, 0);
        if (free.Fraction <= budget)
        {
            return Between(answers, free, dearest, budget);
        }

        (dearest, var low, var high) = (free, 0.0, 1.0);
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
                (dearest, low) = (choice, middle);
            }
        }

        return ComputeBudget.Best(
            [Between(answers, cheapest, dearest, budget), Between(answers, Same(answers, 0), Same(answers, 1), budget)], budget);
    }

    private static ComputeBudgetExits Same(ComputeBudgetAnswers answers, float threshold)
        => Of(answers, [.. Enumerable.Repeat(threshold, answers.Exits)]);

    // Between two neighbouring prices thresholds jump. What is left of the budget is spent by moving part of the way.
    private static ComputeBudgetExits Between(ComputeBudgetAnswers answers, ComputeBudgetExits within, ComputeBudgetExits beyond, double budget)
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

    private static ComputeBudgetExits Best(ComputeBudgetAnswers answers, int[][] orders, double price)
    {
        var thresholds = Enumerable.Repeat(1f, answers.Exits).ToArray();
        for (var sweep = 0; sweep < Sweeps; sweep++)
        {
            // From the last one on: what staying is worth is then known.
            var staying = Enumerable.Range(0, answers.Images).Select(image => Gain(answers, answers.Exits, image, price)).ToArray();
            for (var exit = answers.Exits - 1; exit >= 0; exit--)
            {
                thresholds[exit] = Threshold(answers, exit, orders[exit], thresholds, staying, price);
                for (var image = 0; image < answers.Images; image++)
                {
                    staying[image] = Leaves(answers, exit, image, thresholds) ? Gain(answers, exit, image, price)
                        : thresholds[exit] < 1 ? staying[image] - (price * answers.ExitCost[exit]) : staying[image];
                }
            }
        }

        return Of(answers, thresholds);
    }

    private static float Threshold(
        ComputeBudgetAnswers answers, int exit, int[] order, float[] thresholds, double[] staying, double price)
    {
        // Asking the exit costs all images that come to it, unless none leaves there and it is not asked at all.
        var coming = order.Where(image => !Enumerable.Range(0, exit).Any(before => Leaves(answers, before, image, thresholds))).ToArray();
        var leaving = ThresholdSearch.Leaving(
            coming,
            image => answers.Confidence[exit][image],
            image => Gain(answers, exit, image, price) + (price * answers.ExitCost[exit]) - staying[image],
            price * answers.ExitCost[exit] * coming.Length);
        return leaving == 0 ? 1f
            : leaving == coming.Length ? 0f
            : ThresholdSearch.ThresholdOf(answers.Confidence[exit][coming[leaving - 1]]);
    }

    private static ComputeBudgetExits Of(ComputeBudgetAnswers answers, float[] thresholds)
    {
        var (fraction, worth) = (0.0, 0.0);
        for (var image = 0; image < answers.Images; image++)
        {
            var (head, asked) = (0, 0.0);
            for (; head < answers.Exits && !Leaves(answers, head, image, thresholds); head++)
            {
                asked += thresholds[head] < 1 ? answers.ExitCost[head] : 0;
            }

            fraction += answers.Cost[head][image] + asked;
            worth += answers.Worth[head][image];
        }

        // Rounded, so that sums of fractions do not exceed a budget that they meet.
        return new ComputeBudgetExits(answers, thresholds, Math.Round(fraction / answers.Images, 9), worth / answers.Images);
    }

    private static double Gain(ComputeBudgetAnswers answers, int head, int image, double price)
        => answers.Worth[head][image] - (price * answers.Cost[head][image]);

    private static bool Leaves(ComputeBudgetAnswers answers, int exit, int image, float[] thresholds)
        => thresholds[exit] < 1 && answers.Confidence[exit][image] >= thresholds[exit];

    private static int[] Descending(double[] confidence)
        => [.. Enumerable.Range(0, confidence.Length).OrderByDescending(image => confidence[image])];
}
