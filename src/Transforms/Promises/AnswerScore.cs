using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Promises;

/// <summary>What an answer is accepted by.</summary>
/// <param name="kind">Which score.</param>
/// <param name="distances">Of <see cref="RefusalScore.Distance"/>; null for the others.</param>
internal sealed class AnswerScore(RefusalScore kind, ClassDistances? distances)
{
    /// <summary>Room that a trace needs for features.</summary>
    public int Features { get; } = RoomFor(distances);

    /// <summary>The score of an image that has been run.</summary>
    public float Of(ExecutionTrace trace, int answer) => kind switch
    {
        RefusalScore.Energy => trace.Energy,
        RefusalScore.Distance => distances!.Score(HeadOf(trace, distances.Heads.Count), answer, trace.LargestProbability, trace.Features),
        _ => trace.LargestProbability,
    };

    /// <summary>The head that answered.</summary>
    public static int HeadOf(ExecutionTrace trace, int heads) => trace.ExitTaken < 0 ? heads - 1 : trace.ExitTaken;

    // A loop, as everywhere where a model is loaded: in a fresh process each query is several methods to compile.
    private static int RoomFor(ClassDistances? distances)
    {
        var room = 0;
        if (distances is not null)
        {
            foreach (var head in distances.Heads)
            {
                room = Math.Max(room, head.Channels);
            }
        }

        return room;
    }
}
