using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Transforms.Architectures;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Networks;

/// <summary>What one batch gave. The tensors live in the dispose scope in which the pass was run; without one, dispose this.</summary>
/// <param name="Logits">Of the last head. (N, classes)</param>
/// <param name="ExitLogits">Of each early exit in order. (N, classes)</param>
/// <param name="Gates">Of each gated block in order.</param>
internal sealed record NetworkPass(Tensor Logits, IReadOnlyList<Tensor> ExitLogits, IReadOnlyList<SampledGate> Gates) : IDisposable
{
    /// <summary>Class scores that each head answers with when scoring, the exits in order and then the last head. (N, classes)</summary>
    /// <param name="average">Whether heads are averaged, see <see cref="HeadMean"/>.</param>
    public IReadOnlyList<Tensor> Answers(bool average)
    {
        Tensor[] answers = [.. ExitLogits, Logits];
        for (var head = 1; average && head < answers.Length; head++)
        {
            answers[head] = answers[head - 1] + ((answers[head] - answers[head - 1]) * HeadMean.StepOf(head));
        }

        return answers;
    }

    public void Dispose()
    {
        Logits.Dispose();
        foreach (var exit in ExitLogits)
        {
            exit.Dispose();
        }

        foreach (var gate in Gates)
        {
            gate.Logit.Dispose();
            gate.Open.Dispose();
            gate.LogProbability?.Dispose();
        }
    }
}
