using AdaptiveInference.ML.Training.Loop;
using AdaptiveInference.ML.Training.Recipes;
using AdaptiveInference.ML.Transforms;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace AdaptiveInference.ML;

/// <summary>
/// Trains an ordinary residual network (He et al., "Deep Residual Learning for Image Recognition", CVPR 2016) as an image classifier: the
/// static baseline of <see cref="SkipNetTrainer"/> and <see cref="ConvNetAigTrainer"/>, and a backbone to start them from.
/// </summary>
/// <remarks><inheritdoc cref="SkipNetTrainer" path="/remarks/node()" /></remarks>
public sealed partial class ResNetTrainer : IEstimator<GatedResNetTransformer>
{
    private readonly TrainerCore _core;

    internal ResNetTrainer(IHostEnvironment environment, Options options)
        => _core = new TrainerCore(environment, nameof(ResNetTrainer), options, () => ResNetRecipe.Of(options));

    /// <inheritdoc cref="SkipNetTrainer.Info" />
    public TrainerInfo Info => TrainerCore.Info;

    /// <inheritdoc cref="SkipNetTrainer.Fit" />
    public GatedResNetTransformer Fit(IDataView input) => _core.Fit(input);

    /// <inheritdoc cref="SkipNetTrainer.GetOutputSchema" />
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => _core.GetOutputSchema(inputSchema);
}
