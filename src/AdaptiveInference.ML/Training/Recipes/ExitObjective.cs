using static TorchSharp.torch;

namespace AdaptiveInference.ML.Training.Recipes;

/// <summary>
/// Training of exits together with the network (Teerapittayanon et al., "BranchyNet", ICPR 2016): the cross-entropy of every exit's answer,
/// and optionally the distance of every head's answer, the last one's too, from the mean of all heads' answers. That is distillation among
/// exits (Phuong and Lampert, ICCV 2019) with the heads' ensemble as the teacher, which is better than the last head alone.
/// </summary>
internal static class ExitObjective
{
    /// <summary>What exits add to the loss, a scalar; null for a network without exits.</summary>
    public static Tensor? Loss(StepResult step, GatedResNetTrainerOptions options)
    {
        if (options.Exits is not { } exits)
        {
            return null;
        }

        var sum = step.Pass.ExitLogits
            .Select(logits => nn.functional.cross_entropy(logits, step.Labels, label_smoothing: options.LabelSmoothing) * exits.LossWeight)
            .Aggregate((total, loss) => total + loss);
        return exits.SelfDistillationWeight > 0
            ? sum + (Disagreement([.. step.Pass.ExitLogits, step.Pass.Logits], options.DistillationTemperature)
                * exits.SelfDistillationWeight)
            : sum;
    }

    /// <summary>T² · KL(mean of all ‖ head), summed over heads; the mean itself learns nothing from it.</summary>
    /// <param name="heads">Class scores of each head. (N, classes)</param>
    /// <param name="temperature">T, by which answers are softened.</param>
    public static Tensor Disagreement(IReadOnlyList<Tensor> heads, float temperature)
    {
        Tensor mean;
        using (no_grad())
        {
            mean = stack(heads.Select(logits => nn.functional.softmax(logits / temperature, 1)), 0).mean([0]);
        }

        return heads.Select(logits => Teacher.Divergence(mean, logits, temperature)).Aggregate((total, loss) => total + loss);
    }
}
