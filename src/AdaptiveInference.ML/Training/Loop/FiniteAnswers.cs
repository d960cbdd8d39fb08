using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Training.Data;
using AdaptiveInference.ML.Training.Recipes;
using TorchSharp;

namespace AdaptiveInference.ML.Training.Loop;

/// <summary>Tries a trained network on a few images, as scoring would run it.</summary>
internal static class FiniteAnswers
{
    /// <summary>Whether all heads of a network answer the first batch with finite numbers.</summary>
    public static bool Has(GatedResNetModule network, IBatchSource images, StagePlan stage)
    {
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        network.eval();
        network.InBFloat16 = false;
        foreach (var batch in images.Plain())
        {
            var answers = network.Run(batch.InputOn(network.Device), stage.EvaluationSampler).Answers(network.Plan.Spec.AveragesHeads);
            return answers.All(answer => answer.isfinite().all().item<bool>());
        }

        return true;
    }
}
