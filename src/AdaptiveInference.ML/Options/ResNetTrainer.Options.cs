using AdaptiveInference.ML.Transforms.Options;
using AdaptiveInference.ML.Transforms;

namespace AdaptiveInference.ML;

/// <content>The options.</content>
public sealed partial class ResNetTrainer
{
    /// <summary>Options of <see cref="ResNetTrainer"/>.</summary>
    public sealed record Options : GatedResNetTrainerOptions
    {
        internal const float DefaultBlockDropRate = 0f;

        /// <summary>
        /// Probability with which a block's residual branch is left out for an image during training, from 0 to less than 1: the random
        /// baseline of adaptive networks (stochastic depth, Huang et al., ECCV 2016). Scoring runs every block, with its residual branch
        /// scaled by the probability that it ran.
        /// </summary>
        /// <value>The default is 0: every block runs.</value>
        [InRange(0, 1, Below = true)]
        public float BlockDropRate { get; init; } = DefaultBlockDropRate;

        internal override NetworkKind Network => NetworkKind.ResNet;

        private protected override void CheckOwn(OptionCheck check)
        {
            check.Require(
                FineTuning is null || BlockDropRate == 0,
                $"BlockDropRate must be 0 where FineTuning keeps blocks as they are, got {BlockDropRate}.");
            check.Require(
                !FreezesNetwork || BlockDropRate == 0,
                $"BlockDropRate must be 0 where Exits.FreezeNetwork keeps the blocks as they are, got {BlockDropRate}.");
        }
    }
}
