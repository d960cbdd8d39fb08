using AdaptiveInference.ML.Training;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace AdaptiveInference.ML;

/// <summary>
/// Trains an ordinary residual network (He et al., "Deep Residual Learning for Image Recognition", CVPR 2016) as an image classifier: the
/// static baseline of <see cref="SkipNetTrainer"/> and <see cref="ConvNetAigTrainer"/>, and a backbone to start them from.
/// </summary>
/// <remarks><inheritdoc cref="SkipNetTrainer" path="/remarks/node()" /></remarks>
public sealed class ResNetTrainer : IEstimator<GatedResNetTransformer>
{
    private readonly TrainerCore _core;

    internal ResNetTrainer(IHostEnvironment environment, Options options)
        => _core = new TrainerCore(environment, nameof(ResNetTrainer), options);

    /// <inheritdoc cref="SkipNetTrainer.Fit" />
    public GatedResNetTransformer Fit(IDataView input) => _core.Fit(input);

    /// <inheritdoc cref="SkipNetTrainer.GetOutputSchema" />
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => _core.GetOutputSchema(inputSchema);

    /// <summary>Options of <see cref="ResNetTrainer"/>.</summary>
    public sealed record Options : GatedResNetTrainerOptions
    {
        internal const float DefaultBlockDropRate = 0f;

        /// <summary>
        /// Probability with which a block's residual branch is left out for an image during training, from 0 to less than 1: the random
        /// baseline of adaptive networks (stochastic depth, Huang et al., ECCV 2016). Scoring runs every block, with its residual branch scaled
        /// by the probability that it ran.
        /// </summary>
        /// <value>The default is 0: every block runs.</value>
        public float BlockDropRate { get; init; } = DefaultBlockDropRate;

        internal override NetworkKind Network => NetworkKind.ResNet;

        private protected override IReadOnlyList<StagePlan> Stages() => [StaticRegime.Supervised(this)];

        internal override NetworkWeights Finish(BlockPlan plan, NetworkWeights trained) => StaticRegime.Expected(plan, trained, BlockDropRate);

        private protected override void CheckOwn(OptionCheck check)
        {
            check.BelowOne(nameof(BlockDropRate), BlockDropRate);
            check.Require(
                !FreezesNetwork || BlockDropRate == 0,
                $"BlockDropRate must be 0 where Exits.FreezeNetwork keeps the blocks as they are, got {BlockDropRate}.");
        }
    }
}
