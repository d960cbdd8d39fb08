using AdaptiveInference.ML.Transforms.Budget;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Promises;

/// <summary>Collects what the heads answer under one setting of the gates, part by part of the rows: one run for each head.</summary>
/// <param name="policy">The gates' setting.</param>
/// <param name="heads">Heads, the last one included.</param>
/// <param name="isWhole">Whether this is the whole network when no row leaves early.</param>
internal sealed class CalibrationBuilder(ScoringPolicy policy, int heads, bool isWhole)
{
    private readonly List<double>[] _confidence = Lists<double>(heads);
    private readonly List<double>[] _cost = Lists<double>(heads);
    private readonly List<bool>[] _error = Lists<bool>(heads);
    private readonly List<double>[] _macs = Lists<double>(heads);
    private double[] _exitCost = [];
    private double[] _exitMacs = [];

    /// <summary>The settings to try, the whole network's gates first; from images that choose alone.</summary>
    public static IEnumerable<CalibrationBuilder> Settings(GatedResNetModel model, CalibrationPart part)
    {
        var heads = model.Spec.Exits.Count + 1;
        if (!model.Blocks.Blocks.Any(block => block.IsGated))
        {
            return [new CalibrationBuilder(model.Policy, heads, isWhole: true)];
        }

        var choosing = part.Images.Some(image => !part.Certifies[image]);
        ScoringPolicy[] found = choosing.Count == 0 ? [] : [.. GateThresholdForBudget.Settings(choosing, model.Policy)];
        return found.Prepend(model.Policy).Prepend(model.Policy with { GateThreshold = 0 })
            .DistinctBy(setting => setting.OpensAllGates ? (0f, null) : (setting.GateThreshold, setting.Budget))
            .Select(setting => new CalibrationBuilder(setting, heads, isWhole: setting.OpensAllGates));
    }

    /// <summary>Runs a part of the rows.</summary>
    /// <param name="part">The rows.</param>
    /// <param name="whole">What the whole network answers; null when this is it.</param>
    /// <param name="hasLabels">Whether an error is a wrong answer where the whole network's is right, and not any other answer.</param>
    /// <returns>What the whole network answers.</returns>
    public int[] Add(CalibrationPart part, int[]? whole, bool hasLabels)
    {
        var (answers, _) = ComputeBudgetAnswers.Evaluate(part.Images, policy, reference: null);
        whole ??= answers.Answer[^1];
        _exitCost = answers.ExitCost;
        _exitMacs = answers.ExitMacs;
        for (var head = 0; head < heads; head++)
        {
            _cost[head].AddRange(answers.Cost[head]);
            _macs[head].AddRange(answers.Macs[head]);
            _confidence[head].AddRange(head < heads - 1 ? answers.Confidence[head] : answers.LastConfidence);
            var answer = answers.Answer[head];
            for (var image = 0; image < answer.Length; image++)
            {
                var label = part.Labels[image];
                _error[head].Add(hasLabels ? answer[image] != label && whole[image] == label : answer[image] != whole[image]);
            }
        }

        return whole;
    }

    public CalibrationAnswers Build() => new()
    {
        Policy = policy,
        ExitCost = _exitCost,
        ExitMacs = _exitMacs,
        Macs = [.. _macs.Select(values => values.ToArray())],
        Confidence = [.. _confidence[..^1].Select(values => values.ToArray())],
        Cost = [.. _cost.Select(values => values.ToArray())],
        Error = [.. _error.Select(values => values.ToArray())],
        Doubt =
        [
            .. _confidence.Select((values, head) => isWhole && head == heads - 1
                ? new double[values.Count] : values.ConvertAll(value => 1 - value).ToArray()),
        ],
    };

    private static List<T>[] Lists<T>(int count) => [.. Enumerable.Range(0, count).Select(_ => new List<T>())];
}
