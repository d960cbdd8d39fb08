using static TorchSharp.torch;

namespace AdaptiveInference.ML.Training.Exits;

/// <summary>
/// Training of exits together with the network (Teerapittayanon et al., "BranchyNet", ICPR 2016): the cross-entropy of every exit's answer, and
/// optionally its distance from the last head's (Phuong and Lampert, "Distillation-Based Training for Multi-Exit Architectures", ICCV 2019).
/// </summary>
internal static class ExitObjective
{
    /// <summary>What exits add to the loss, a scalar; null for a network without exits.</summary>
    public static Tensor? Loss(StepResult step, ExitOptions? options, float labelSmoothing)
    {
        if (options is null)
        {
            return null;
        }

        Tensor? sum = null;
        foreach (var logits in step.Pass.ExitLogits)
        {
            var loss = nn.functional.cross_entropy(logits, step.Labels, label_smoothing: labelSmoothing) * options.LossWeight;
            if (options.DistillationWeight > 0)
            {
                loss += Teacher.Divergence(nn.functional.softmax(step.Pass.Logits.detach(), 1), logits, 1) * options.DistillationWeight;
            }

            sum = sum is null ? loss : sum + loss;
        }

        return sum;
    }
}
