using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Training.Recipes;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Cost;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Tests.Training;

/// <summary>What losses read, made of numbers that a test has chosen and not by a network.</summary>
internal static class StepResults
{
    /// <param name="compute">What decisions cost.</param>
    /// <param name="crossEntropy">Of each image.</param>
    /// <param name="open">[gate]: 0 or 1 for each image, with a gradient where a test asks for it.</param>
    /// <param name="logits">[gate]: what each gate gave; null where they are not read.</param>
    public static StepResult Of(GatedComputeFraction compute, Tensor crossEntropy, Tensor[] open, Tensor[]? logits = null)
    {
        var gates = open.Select((decision, gate) => new SampledGate(
            gate,
            logits?[gate] ?? zeros(decision.shape),
            decision,
            logits is null ? null : nn.functional.logsigmoid(logits[gate] * ((2 * decision) - 1)))).ToList();
        var images = crossEntropy.shape[0];
        return new StepResult(new NetworkPass(zeros(images, 2), [], gates), zeros(images), crossEntropy, compute);
    }

    /// <summary>The same of what gates gave alone, all of them closed.</summary>
    /// <param name="compute">What decisions cost.</param>
    /// <param name="gates">[gate][image].</param>
    public static StepResult OfLogits(GatedComputeFraction compute, float[][] gates)
    {
        var images = gates[0].Length;
        return Of(compute, zeros(images), [.. gates.Select(_ => zeros(images))], [.. gates.Select(logits => tensor(logits))]);
    }

    /// <summary>Compute fraction of an image, by the network's MACs: gates are always asked here.</summary>
    public static double Fraction(BlockPlan plan, params float[] open)
    {
        var cost = new CostModel(plan);
        var (macs, gate) = (cost.Stem + cost.Head, 0);
        foreach (var block in plan.Blocks)
        {
            var (body, shortcut, asking) = cost.Blocks[block.Index];
            macs += shortcut + asking + (!block.IsGated || open[gate++] == 1 ? body : 0);
        }

        return (double)macs / cost.Full;
    }

    public static double Sigmoid(double logit) => 1 / (1 + Math.Exp(-logit));

    public static float[] Values(Tensor values) => values.detach().data<float>().ToArray();
}
