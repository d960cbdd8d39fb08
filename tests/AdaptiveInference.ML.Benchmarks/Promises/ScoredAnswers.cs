using System.Numerics.Tensors;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Budget;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Promises;

namespace AdaptiveInference.ML.Benchmarks.Promises;

/// <summary>What a network as it is set answers for images, and what each answer may be accepted by.</summary>
/// <param name="Answered">[image]: the answer, its probability, and the features that it was given by.</param>
/// <param name="Energy">[image].</param>
/// <param name="Fraction">[image]: compute fraction.</param>
internal sealed record ScoredAnswers(AnsweredFeatures[] Answered, float[] Energy, double[] Fraction)
{
    public static ScoredAnswers Of(GatedResNetTransformer model, ComputeBudgetImages images)
    {
        int[] channels = [.. model.Model.Blocks.HeadChannels];
        var (answered, energy, fraction) = (new AnsweredFeatures[images.Count], new float[images.Count], new double[images.Count]);
        images.Run(
            model.Model.Policy,
            (image, probabilities, trace) =>
            {
                var head = AnswerScore.HeadOf(trace, channels.Length);
                answered[image] = new AnsweredFeatures(
                    head, TensorPrimitives.IndexOfMax<float>(probabilities), trace.LargestProbability,
                    trace.Features[..channels[head]].ToArray());
                energy[image] = trace.Energy;
                fraction[image] = trace.Macs / (double)images.Plan.Cost.Full;
            },
            channels.Max());
        return new ScoredAnswers(answered, energy, fraction);
    }
}

/// <summary>Scores of answers, whatever they rest on.</summary>
/// <param name="Distances">Fitted to the images that choose.</param>
internal sealed record AnswerScores(ClassDistances Distances)
{
    public float[] Of(RefusalScore score, ScoredAnswers answers) => score switch
    {
        RefusalScore.Energy => answers.Energy,
        RefusalScore.Distance => Array.ConvertAll(
            answers.Answered, answer => Distances.Score(answer.Head, answer.Answer, answer.Probability, answer.Features)),
        _ => Array.ConvertAll(answers.Answered, answer => answer.Probability),
    };
}
