using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using ModelBuilderStyle.ImageData;

namespace AdaptiveInference.ML.Benchmarks.Evidence;

/// <summary>Time per image of the managed executor: one image at a time on one core, real images in their order.</summary>
internal static class ModelTiming
{
    private const int Rounds = 40;
    private const int Images = 250;

    /// <summary>Milliseconds per image of each model, median over rounds in which the models take turns.</summary>
    public static double[] Run(IReadOnlyList<GatedResNetTransformer> models, RawImages images)
    {
        var pixels = Enumerable.Range(0, images.Count).Select(image => IdxData.Pixels(images, image)).ToArray();
        var ways = models.Select(model =>
        {
            var (plan, policy) = (model.Plan, model.Model.Policy);
            var (probabilities, trace) = (new float[model.Model.Spec.Classes], new ExecutionTrace(model.Blocks.Count));
            var next = 0;
            return (Action<int>)(_ => plan.Run(pixels[next++ % pixels.Length], policy, probabilities, trace));
        }).ToArray();
        return [.. PairedTiming.Run(Rounds, Images, ways).Select(times => PairedTiming.Quantile(times, 0.5) / 1000)];
    }
}
