using AdaptiveInference.ML.Gates;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Networks;

/// <summary>What one batch gave. The tensors live in the dispose scope in which the pass was run; without one, dispose this.</summary>
/// <param name="Logits">Of the last head. (N, classes)</param>
/// <param name="ExitLogits">Of each early exit in order. (N, classes)</param>
/// <param name="Gates">Of each gated block in order.</param>
internal sealed record NetworkPass(Tensor Logits, IReadOnlyList<Tensor> ExitLogits, IReadOnlyList<GateDecision> Gates) : IDisposable
{
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
