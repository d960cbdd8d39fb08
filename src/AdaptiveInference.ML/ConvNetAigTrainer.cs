using AdaptiveInference.ML.Training;
using AdaptiveInference.ML.Transforms;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace AdaptiveInference.ML;

/// <summary>
/// Trains a ConvNet-AIG (Veit and Belongie, "Convolutional Networks with Adaptive Inference Graphs", ECCV 2018, arXiv 1711.11503): a
/// residual image classifier whose gates decide per image, from each block's own input, which blocks to run.
/// </summary>
/// <remarks><inheritdoc cref="SkipNetTrainer" path="/remarks/node()" /></remarks>
public sealed class ConvNetAigTrainer : IEstimator<GatedResNetTransformer>
{
    private readonly TrainerCore _core;

    internal ConvNetAigTrainer(IHostEnvironment environment, Options options)
        => _core = new TrainerCore(environment, nameof(ConvNetAigTrainer), options);

    /// <inheritdoc cref="SkipNetTrainer.Fit" />
    public GatedResNetTransformer Fit(IDataView input) => _core.Fit(input);

    /// <inheritdoc cref="SkipNetTrainer.GetOutputSchema" />
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => _core.GetOutputSchema(inputSchema);

    /// <summary>Options of <see cref="ConvNetAigTrainer"/>.</summary>
    public sealed record Options : GatedResNetTrainerOptions
    {
        internal const float DefaultTargetRate = 0.5f;
        internal const float DefaultTargetRateWeight = 2f;
        internal const float DefaultTargetWeight = 10f;
        internal const float DefaultTemperature = 1f;

        /// <summary>
        /// Share of the images for which each block should run, 0 to 1: the paper's t, for all blocks alike.
        /// </summary>
        /// <value>The default is 0.5.</value>
        public float TargetRate { get; init; } = DefaultTargetRate;

        /// <summary>The paper's t for each block in order, each 0 to 1, in place of <see cref="TargetRate"/>.</summary>
        /// <value>The default is null.</value>
        public IReadOnlyList<float>? TargetRates { get; init; }

        /// <summary>
        /// Weight of the paper's target-rate loss, 0 or more: the mean over blocks of the squared difference between a block's rate in the
        /// batch and its target.
        /// </summary>
        /// <value>The default is 2.</value>
        public float TargetRateWeight { get; init; } = DefaultTargetRateWeight;

        /// <summary>
        /// Mean compute fraction of the whole network to aim for, above 0 to 1: <c>TargetWeight · (f − target)²</c> is added to the loss, f
        /// the batch's mean share of the network's MACs. Unlike a rate per block it lets the network choose where to spend. Null is the
        /// paper's recipe.
        /// </summary>
        /// <value>The default is null.</value>
        public float? TargetComputeFraction { get; init; }

        /// <summary>Weight of the aim for <see cref="TargetComputeFraction"/>, 0 or more.</summary>
        /// <value>The default is 10.</value>
        public float TargetWeight { get; init; } = DefaultTargetWeight;

        /// <summary>Temperature of the Gumbel-softmax from which gates are sampled in training, finite and positive.</summary>
        /// <value>The default is 1.</value>
        public float Temperature { get; init; } = DefaultTemperature;

        internal override NetworkKind Network => NetworkKind.ConvNetAig;

        private protected override IReadOnlyList<StagePlan> Stages() => [ConvNetAigRegime.Supervised(this)];

        private protected override void CheckOwn(OptionCheck check)
        {
            check.Rate(nameof(TargetRate), TargetRate);
            if (TargetRates is { } rates && Architecture is { } architecture)
            {
                var blocks = architecture.BlocksPerStage.ToArray().Sum();
                check.Require(
                    rates.Count == blocks,
                    $"TargetRates must have one rate for each of the {blocks} blocks of {architecture}, got {rates.Count}.");
                for (var block = 0; block < rates.Count; block++)
                {
                    check.Rate($"TargetRates[{block}]", rates[block]);
                }
            }

            check.NotNegative(nameof(TargetRateWeight), TargetRateWeight);
            check.Require(
                TargetComputeFraction is null or (> 0 and <= 1),
                $"TargetComputeFraction must be above 0 to 1, or null for the paper's recipe, got {TargetComputeFraction}.");
            check.NotNegative(nameof(TargetWeight), TargetWeight);
            check.Positive(nameof(Temperature), Temperature);
        }
    }
}
