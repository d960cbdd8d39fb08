using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Budget;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Promises;
using AdaptiveInference.ML.Transforms.Statistics;

namespace AdaptiveInference.ML.Benchmarks.Promises;

/// <summary>Probabilities of every head, and what dial, guarantee and refusal make of them.</summary>
internal sealed class HeadScores
{
    private readonly ScoringPolicy _policy;
    private readonly double[][][] _probabilities;
    private readonly double[][] _cost;
    private readonly double[] _exitCost;
    private readonly int[] _labels;
    private readonly double[][] _confidence;
    private readonly int[][] _answer;

    public HeadScores(ScoringPolicy policy, double[][][] probabilities, double[][] cost, double[] exitCost, int[] labels)
    {
        (_policy, _probabilities, _cost, _exitCost, _labels) = (policy, probabilities, cost, exitCost, labels);
        _confidence = Array.ConvertAll(probabilities, head => Array.ConvertAll(head, row => row.Max()));
        _answer = Array.ConvertAll(probabilities, head => Array.ConvertAll(head, row => Array.IndexOf(row, row.Max())));
    }

    /// <summary>Test accuracy at thresholds for a budget, without labels; null where the budget is out of reach.</summary>
    public double? Dial(GatedResNetTransformer model, int[] calibration, int[] test, double budget)
    {
        var heads = _probabilities.Length;
        var mean = Array.ConvertAll(calibration, row => Enumerable.Range(0, model.ClassNames.Count)
            .Select(label => _probabilities.Average(head => head[row][label])).ToArray());
        var answers = new ComputeBudgetAnswers
        {
            Policy = _policy,
            ExitCost = _exitCost,
            Confidence = [.. _confidence[..^1].Select(all => Array.ConvertAll(calibration, row => (double)(float)all[row]))],
            Cost = [.. _cost.Select(all => Array.ConvertAll(calibration, row => all[row]))],
            CorrectProbability = [.. _answer.Select(all => calibration.Select((row, i) => mean[i][all[row]]).ToArray())],
        };
        if (heads == 1 || answers.Least > budget)
        {
            return null;
        }

        var thresholds = ExitThresholdsForBudget.Choose(answers, budget).Thresholds;
        return test.Average(row => _answer[Left(row, thresholds)][row] == _labels[row] ? 1.0 : 0);
    }

    /// <summary>Test compute of the boldest certified setting.</summary>
    public double? Guarantee(int[] choosing, int[] certifying, int[] test, double drop)
    {
        var last = _answer[^1];
        var settings = new[]
        {
            new CalibrationAnswers
            {
                Policy = _policy,
                ExitCost = _exitCost,
                Confidence = _confidence[..^1],
                Cost = _cost,
                Error = Array.ConvertAll(_answer, all => all.Select(
                    (answer, row) => answer != _labels[row] && last[row] == _labels[row]).ToArray()),
                Doubt = [.. _confidence.Select((all, head) => head == _confidence.Length - 1
                    ? new double[all.Length] : Array.ConvertAll(all, value => 1 - value))],
            },
        };
        var path = SettingsByCaution.Of(settings, whole: 0, choosing);
        var (boldest, _) = path.Walk(settings, certifying, BinomialBound.Allowed(certifying.Length, drop, 0.05));
        return boldest < 0 ? 1 : settings[0].Count(test, path.Steps[boldest].Thresholds).Fraction;
    }

    /// <summary>Share of the test rows that are accepted.</summary>
    /// <param name="places">Where each row leaves, whatever the temperature: what is compared is the scores alone.</param>
    /// <param name="choosing">Rows that choose.</param>
    /// <param name="certifying">Rows that certify.</param>
    /// <param name="test">Rows that are counted.</param>
    /// <param name="risk">What is promised.</param>
    public double? Refusal(int[] places, int[] choosing, int[] certifying, int[] test, double risk)
    {
        (float Score, bool IsWrong) Of(int row)
            => ((float)_confidence[places[row]][row], _answer[places[row]][row] != _labels[row]);

        var options = new RefusalOptions { MaximumRisk = risk, Score = RefusalScore.Probability };
        var refusal = RefusalCertificate.Find(Array.ConvertAll(choosing, Of), Array.ConvertAll(certifying, Of), options);
        return test.Average(row => refusal.Accepts(Of(row).Score) ? 1.0 : 0);
    }

    /// <summary>Where a row leaves.</summary>
    public int Left(int row, IReadOnlyList<float> thresholds)
    {
        var head = 0;
        while (head < thresholds.Count && !ExitRule.Leaves((float)_confidence[head][row], thresholds[head]))
        {
            head++;
        }

        return head;
    }
}
