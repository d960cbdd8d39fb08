using System.Numerics.Tensors;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Promises;

/// <summary>
/// What calibration rows are answered, part by part: whether wrongly, and what the answer may be accepted by. Distances need the means of
/// all rows that choose, so that for those every row keeps the features that it was answered by.
/// </summary>
internal sealed class RefusalAnswers
{
    private readonly RefusalScore _kind;
    private readonly GatedResNetModel _model;
    private readonly int[] _channels;
    private readonly ClassDistanceFit? _fit;
    private readonly List<AnsweredFeatures> _answered = [];
    private readonly List<float> _scores = [];

    private RefusalAnswers(RefusalScore kind, GatedResNetModel model)
    {
        (_kind, _model, _channels) = (kind, model, [.. model.Blocks.HeadChannels]);
        _fit = kind == RefusalScore.Distance ? new ClassDistanceFit(model.Spec.Classes, _channels) : null;
    }

    /// <summary>Of each row whether the answer is wrong.</summary>
    public List<bool> IsWrong { get; } = [];

    public static RefusalAnswers Of(RefusalScore kind, GatedResNetModel model) => new(kind, model);

    /// <summary>Runs a part of the rows.</summary>
    public void Add(CalibrationPart part)
    {
        var count = part.Images.Count;
        var (scores, isWrong, answered) = (new float[count], new bool[count], new AnsweredFeatures[count]);
        var plain = new AnswerScore(_fit is null ? _kind : RefusalScore.Probability, distances: null);
        part.Images.Run(
            _model.Policy,
            (image, probabilities, trace) =>
            {
                var answer = TensorPrimitives.IndexOfMax<float>(probabilities);
                scores[image] = plain.Of(trace, answer);
                isWrong[image] = answer != part.Labels[image];
                if (_fit is not null)
                {
                    var head = AnswerScore.HeadOf(trace, _channels.Length);
                    answered[image] = new AnsweredFeatures(head, answer, scores[image], trace.Features[.._channels[head]].ToArray());
                }
            },
            _fit is null ? 0 : _channels.Max());
        IsWrong.AddRange(isWrong);
        _scores.AddRange(scores);
        if (_fit is not null)
        {
            _answered.AddRange(answered);
            Learn(part, _fit);
        }
    }

    /// <summary>The score of each row, and the distances that it rests on.</summary>
    /// <param name="rows">All rows.</param>
    public (IReadOnlyList<float> Scores, ClassDistances? Distances) Scores(CalibrationRows rows)
    {
        if (_fit is null)
        {
            return (_scores, null);
        }

        var distances = _fit.Build(rows.Choosing.Select(row => (_answered[row], rows.Labels[row])));
        return (_answered.ConvertAll(row => distances.Score(row.Head, row.Answer, row.Probability, row.Features)), distances);
    }

    // In the order of the rows: sums in another order are others.
    private void Learn(CalibrationPart part, ClassDistanceFit fit)
    {
        var choosing = Enumerable.Range(0, part.Images.Count).Where(image => !part.Certifies[image]).ToList();
        var features = part.Images.Some(image => !part.Certifies[image]).HeadFeatures(_model.Policy);
        foreach (var (image, ofHeads) in choosing.Zip(features))
        {
            fit.Add(part.Labels[image], ofHeads);
        }
    }
}
