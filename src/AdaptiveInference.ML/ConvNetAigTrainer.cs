using AdaptiveInference.ML.Training.Loop;
using AdaptiveInference.ML.Training.Recipes;
using AdaptiveInference.ML.Transforms;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace AdaptiveInference.ML;

/// <summary>
/// Trains a ConvNet-AIG (Veit and Belongie, "Convolutional Networks with Adaptive Inference Graphs", ECCV 2018, arXiv 1711.11503): a
/// residual image classifier whose gates decide per image, from each block's own input, which blocks to run.
/// </summary>
/// <remarks><inheritdoc cref="SkipNetTrainer" path="/remarks/node()" /></remarks>
public sealed partial class ConvNetAigTrainer : IEstimator<GatedResNetTransformer>
{
    private readonly TrainerCore _core;

    internal ConvNetAigTrainer(IHostEnvironment environment, Options options)
        => _core = new TrainerCore(environment, nameof(ConvNetAigTrainer), options, () => ConvNetAigRecipe.Of(options));

    /// <inheritdoc cref="SkipNetTrainer.Info" />
    public TrainerInfo Info => TrainerCore.Info;

    /// <inheritdoc cref="SkipNetTrainer.Fit" />
    public GatedResNetTransformer Fit(IDataView input) => _core.Fit(input);

    /// <inheritdoc cref="SkipNetTrainer.GetOutputSchema" />
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => _core.GetOutputSchema(inputSchema);
}
