using static TorchSharp.torch;

namespace AdaptiveInference.ML.Training.Recipes;

/// <summary>Terms that losses add to the cross-entropy to make gates close. Each is a scalar.</summary>
internal static class GateLossTerms
{
    /// <summary>Keeps a mean probability's logarithm finite.</summary>
    private const double Smallest = 1e-6;

    /// <summary>Part of a stage in which the compute target falls from 1 to its final value.</summary>
    private const double FallingPart = 0.3;

    /// <summary>(f − target)², f the batch's mean compute fraction: the network chooses where to spend and on which images.</summary>
    /// <param name="step">The batch.</param>
    /// <param name="target">The fraction aimed for.</param>
    public static Tensor ComputeTarget(StepResult step, float target)
        => step.Compute.FractionOf(step.Pass.Gates, step.Labels).mean().sub(target).square();

    /// <summary>
    /// ConvNet-AIG's target-rate loss (Veit and Belongie, ECCV 2018, equation 5): mean over gates of (z̄ − t)², z̄ the share of the batch's
    /// images for which the block ran.
    /// </summary>
    public static Tensor TargetRates(StepResult step, Tensor targets)
        => Opens(step).mean([0]).sub(targets).square().mean();

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
    public static Tensor Information(StepResult step, float target) => Information(Logits(step), target);

    // (N, gates)
    private static Tensor Information(Tensor logits, float target)
    {
        var most = target is > 0 and < 1 ? -((target * Math.Log(target)) + ((1 - target) * Math.Log(1 - target))) : 0;
        var open = logits.sigmoid();
        var each = (open * nn.functional.logsigmoid(logits)) + ((1 - open) * nn.functional.logsigmoid(-logits));
        var mean = open.mean([0]).clamp(Smallest, 1 - Smallest);
        var all = -((mean * mean.log()) + ((1 - mean) * (1 - mean).log()));
        return (all.clamp_max(most) + each.mean([0])).mean();
    }

    /// <summary>
    /// Aims for a compute fraction of the whole network: the squared distance from a target that falls to it over the first part of the
    /// stage, and the reward for gates that tell images apart.
    /// </summary>
    /// <param name="step">The batch.</param>
    /// <param name="target">The compute fraction aimed for.</param>
    /// <param name="weight">Of the distance.</param>
    /// <param name="informationWeight">Of the reward.</param>
    public static Tensor TowardsTarget(StepResult step, float target, float weight, float informationWeight)
        => (ComputeTarget(step, FallingTarget(step.Progress, FallingPart, target)) * weight)
            - (Information(step, target) * informationWeight);

    /// <summary>
    /// A target that falls from 1 to <paramref name="final"/> in a straight line over the first part of a stage, so that blocks have learnt
    /// something when gates choose among them.
    /// </summary>
    public static float FallingTarget(double progress, double part, float final)
        => (float)(1 - ((1 - final) * Math.Min(1, progress / part)));

    /// <summary>
    /// The same for gates that are told budgets: the mean over the parts of a batch that are told less than the whole, each with its own
    /// budget as the target. Here nothing falls: gates that know the budget begin near to it.
    /// </summary>
    /// <param name="step">The batch.</param>
    /// <param name="weight">Of the squared distance.</param>
    /// <param name="informationWeight">Of the reward for gates that tell images apart.</param>
    public static Tensor TowardsBudgets(StepResult step, float weight, float informationWeight)
    {
        var fractions = step.Budgets!.PartsOf(step.Compute.FractionOf(step.Pass.Gates, step.Labels));
        var logits = step.Budgets.PartsOf(Logits(step));
        Tensor[] losses =
        [
            .. fractions.Zip(logits, (spent, said) => (spent.Values.mean().sub(spent.Budget).square() * weight)
                - (Information(said.Values, said.Budget) * informationWeight)),
        ];
        return losses is [] ? zeros(1, device: step.CrossEntropy.device).sum() : stack(losses).mean();
    }

    private static Tensor Logits(StepResult step) => stack(step.Pass.Gates.Select(gate => gate.Logit), 1);

    private static Tensor Opens(StepResult step) => stack(step.Pass.Gates.Select(gate => gate.Open), 1);
}
