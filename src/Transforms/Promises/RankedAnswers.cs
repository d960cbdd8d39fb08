using AdaptiveInference.ML.Transforms.Statistics;

namespace AdaptiveInference.ML.Transforms.Promises;

/// <summary>Answers in the order of their scores, and how many of those above a score are wrong.</summary>
internal sealed class RankedAnswers
{
    private readonly float[] _negated;
    private readonly int[] _wrong;

    /// <param name="answers">Score of each, and whether it is wrong.</param>
    public RankedAnswers((float Score, bool IsWrong)[] answers)
    {
        var order = answers.OrderByDescending(answer => answer.Score).ToArray();

        // Negated, so that they increase and can be searched.
        _negated = Array.ConvertAll(order, answer => -answer.Score);
        _wrong = new int[order.Length + 1];
        for (var i = 0; i < order.Length; i++)
        {
            _wrong[i + 1] = _wrong[i] + (order[i].IsWrong ? 1 : 0);
        }
    }

    public int Count => _negated.Length;

    /// <summary>The score at a place, the highest at 0.</summary>
    public float ScoreOf(int place) => -_negated[place];

    /// <summary>How many answers have at least a score, and how many of them are wrong. Equal scores stand or fall together.</summary>
    public (int Accepted, int Errors) Above(float threshold)
    {
        int from = 0, to = Count;
        while (from < to)
        {
            var middle = (from + to) / 2;
            (from, to) = _negated[middle] <= -threshold ? (middle + 1, to) : (from, middle);
        }

        return (from, _wrong[from]);
    }

    /// <summary>How probable so few errors would be, if answers of at least this score were wrong at a rate.</summary>
    public double Tail(float threshold, double rate)
    {
        var (accepted, errors) = Above(threshold);
        return BinomialBound.AtMost(errors, accepted, rate);
    }
}
