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
                loss += Divergence(logits, step.Pass.Logits.detach()) * options.DistillationWeight;
            }

            sum = sum is null ? loss : sum + loss;
        }

        return sum;
    }

    // Kullback–Leibler divergence of the exit's answer from the last head's, averaged over images.
    private static Tensor Divergence(Tensor exit, Tensor last)
        => nn.functional.kl_div(nn.functional.log_softmax(exit, 1), nn.functional.softmax(last, 1), reduction: nn.Reduction.Sum)
            / exit.shape[0];
}
