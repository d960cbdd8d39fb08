using static TorchSharp.torch;

namespace AdaptiveInference.ML.Training.Recipes;

/// <summary>The reward for gates that tell images apart.</summary>
internal static class GateInformation
{
    /// <summary>Keeps a mean probability's logarithm finite.</summary>
    private const double Smallest = 1e-6;

    /// <summary>
    /// What a gate's decision tells about the image, in nats, mean over gates: the mutual information of decision and image, which is
    /// H(p̄) − mean H(p) with p each image's probability of open and H the entropy of one decision. At most ln 2, for a gate that is
    /// certain of every image and open for half of them; 0 for one that treats all images alike, be it by chance. H(p̄) counts up to what a
    /// gate has that opens for the target's share of the images, so that nothing is gained by leaving the target.
    /// </summary>
    /// <remarks>
    /// Without it gates settle on one path for nearly all images: given another image's path the network is then as accurate as with the
    /// image's own. Figures are in the benchmarks' Evidence/RESULTS.md.
    /// </remarks>
    /// <param name="step">The batch.</param>
    /// <param name="target">The compute fraction aimed for.</param>
    public static Tensor Of(StepResult step, float target) => Of(Logits(step), target);

    /// <summary>The gates' log-odds of open. (N, gates)</summary>
    public static Tensor Logits(StepResult step) => stack(step.Pass.Gates.Select(gate => gate.Logit), 1);

    /// <summary>The same of some images.</summary>
    /// <param name="logits">Their rows of <see cref="Logits"/>.</param>
    /// <param name="target">The compute fraction aimed for.</param>
    public static Tensor Of(Tensor logits, float target)
    {
        var most = target is > 0 and < 1 ? -((target * Math.Log(target)) + ((1 - target) * Math.Log(1 - target))) : 0;
        var open = logits.sigmoid();
        var each = (open * nn.functional.logsigmoid(logits)) + ((1 - open) * nn.functional.logsigmoid(-logits));
        var mean = open.mean([0]).clamp(Smallest, 1 - Smallest);
        var all = -((mean * mean.log()) + ((1 - mean) * (1 - mean).log()));
        return (all.clamp_max(most) + each.mean([0])).mean();
    }
}
