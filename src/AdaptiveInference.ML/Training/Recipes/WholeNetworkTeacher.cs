using static TorchSharp.torch;

namespace AdaptiveInference.ML.Training.Recipes;

/// <summary>
/// In-place distillation (Yu and Huang, ICCV 2019): what the whole network answers for an image is learnt by the image's way under a lesser
/// budget, in the place of a part of the labels' loss. Images that run whole learn from the labels alone.
/// </summary>
internal static class WholeNetworkTeacher
{
    /// <summary>What learning from it adds to a loss that has the whole cross-entropy in it, a scalar.</summary>
    /// <param name="whole">Answers of the whole network for the images whose budget is limited, without gradient. (M, classes)</param>
    /// <param name="limited">Numbers of these images. (M)</param>
    /// <param name="step">What the network made of all images.</param>
    /// <param name="options">Weight and temperature.</param>
    public static Tensor Loss(Tensor whole, Tensor limited, StepResult step, GatedResNetTrainerOptions options)
    {
        var answers = nn.functional.softmax(whole / options.DistillationTemperature, 1);
        var share = limited.shape[0] / (double)step.Labels.shape[0];
        var divergence = Teacher.Divergence(answers, step.Pass.Logits.index_select(0, limited), options.DistillationTemperature);
        return (divergence - step.CrossEntropy.index_select(0, limited).mean()) * (options.DistillationWeight * share);
    }
}
