using AdaptiveInference.ML.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Training;

/// <summary>Judges a network on the validation data, as scoring would: no augmentation, running batch-norm statistics, nothing drawn.</summary>
internal sealed class Evaluator(GatedResNetModule network, ComputeModel compute, BatchLoader images, Action checkAlive)
{
    /// <returns>Null when there is no validation data.</returns>
    public Evaluation? Run(StagePlan stage)
    {
        if (images.Images == 0)
        {
            return null;
        }

        using var noGradient = torch.no_grad();
        network.eval();
        var totals = new EpochTotals();
        foreach (var batch in images.Plain())
        {
            checkAlive();
            using var scope = torch.NewDisposeScope();
            var labels = batch.LabelsOn(network.Device);
            var pass = network.Run(batch.ImagesOn(network.Device), stage.EvaluationSampler);
            var crossEntropy = nn.functional.cross_entropy(pass.Logits, labels, reduction: nn.Reduction.None);
            var sums = Sums(crossEntropy, pass.Logits, labels, compute.FractionOf(pass.Gates, labels));
            totals.Add(batch.Count, sums[0], sums[1], sums[2]);
        }

        return totals.Mean;
    }

    /// <summary>Sums of cross-entropy, right answers and compute fractions, fetched from the device at once.</summary>
    public static float[] Sums(Tensor crossEntropy, Tensor logits, Tensor labels, Tensor fractions)
    {
        var correct = logits.argmax(1).eq(labels).to(ScalarType.Float32);
        return stack([crossEntropy, correct, fractions], 1).sum(dim: 0).cpu().data<float>().ToArray();
    }
}
