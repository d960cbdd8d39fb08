using AdaptiveInference.ML.Options;
using AdaptiveInference.ML.Transforms.Options;
using AdaptiveInference.ML.Transforms;

namespace AdaptiveInference.ML;

/// <content>The options.</content>
public sealed partial class ConvNetAigTrainer
{
    /// <summary>Options of <see cref="ConvNetAigTrainer"/>.</summary>
    public sealed record Options : GatedResNetTrainerOptions
    {
        internal const bool DefaultAsPublished = false;
        internal const bool DefaultAnyBudget = false;
        internal const float DefaultTargetRate = 0.5f;
        internal const float DefaultTargetRateWeight = 2f;
        internal const float DefaultTargetWeight = 10f;
        internal const float DefaultInformationWeight = 0.5f;
        internal const float DefaultTemperature = 1f;

        /// <summary>
        /// Whether to train by the paper's recipe and not by this library's: every block by itself aims for <see cref="TargetRate"/>,
        /// weight decay applies to gates too, and the learning rate falls in steps. The paper's own figures on CIFAR-10 are a learning rate
        /// of 0.1, weight decay of 0.0005 and 350 epochs in batches of 256.
        /// </summary>
        /// <value>The default is false.</value>
        public bool AsPublished { get; init; } = DefaultAsPublished;

        /// <summary>
        /// Whether gates are told a budget and learn all of them, so that one network has a whole dial: <c>WithComputeBudget</c> of the
        /// model then finds what to tell them. Each training step sees the whole network, the least budget (0.2, or what the network needs
        /// anyway and 0.05 more) and budgets between them, and without a <see cref="GatedResNetTrainerOptions.Teacher"/> the whole network
        /// teaches the others with <see cref="GatedResNetTrainerOptions.DistillationWeight"/>. The trained model begins with the budget
        /// <see cref="TargetComputeFraction"/> or else <see cref="TargetRate"/>.
        /// Neither <see cref="AsPublished"/>, <see cref="TargetRates"/> nor <see cref="ExitOptions.FreezeNetwork"/> goes with it.
        /// </summary>
        /// <value>The default is false.</value>
        public bool AnyBudget { get; init; } = DefaultAnyBudget;

        /// <summary>
        /// How much should run, 0 to 1: the paper's t. It is the mean compute fraction of the whole network, and the network chooses where
        /// to spend it; with <see cref="AsPublished"/> it is the share of the images for which each block runs, all blocks alike.
        /// </summary>
        /// <value>The default is 0.5.</value>
        [InRange(0, 1)]
        public float TargetRate { get; init; } = DefaultTargetRate;

        /// <summary>
        /// Share of the images for which each block should run, in order, each 0 to 1, in place of <see cref="TargetRate"/>.
        /// </summary>
        /// <value>The default is null.</value>
        public IReadOnlyList<float>? TargetRates { get; init; }

        /// <summary>
        /// Weight of the paper's target-rate loss, 0 or more: the mean over blocks of the squared difference between a block's rate in the
        /// batch and its target.
        /// </summary>
        /// <value>The default is 2.</value>
        [InRange(0)]
        public float TargetRateWeight { get; init; } = DefaultTargetRateWeight;

        /// <summary>
        /// Mean compute fraction of the whole network to aim for, above 0 and at most 1: <c>TargetWeight · (f − target)²</c> is added to
        /// the loss, f the batch's mean share of the network's MACs.
        /// </summary>
        /// <value>The default is null: <see cref="TargetRate"/>, unless there are <see cref="TargetRates"/>.</value>
        [InRange(0, 1, Above = true)]
        public float? TargetComputeFraction { get; init; }

        /// <summary>Weight of the term that aims for <see cref="TargetComputeFraction"/>, 0 or more.</summary>
        /// <value>The default is 10.</value>
        [InRange(0)]
        public float TargetWeight { get; init; } = DefaultTargetWeight;

        /// <summary>
        /// Weight of the reward for gates that tell images apart, 0 or more: this many times the mutual information of a gate's decision
        /// and the image, in nats, is subtracted from the loss that aims for <see cref="TargetComputeFraction"/>. At 0 gates tend to settle
        /// on one path for nearly all images, which is then the same network for all of them. A higher weight may cost accuracy at budgets
        /// far from the target.
        /// </summary>
        /// <value>The default is 0.5.</value>
        [InRange(0)]
        public float InformationWeight { get; init; } = DefaultInformationWeight;

        /// <summary>Temperature of the Gumbel-softmax from which gates are sampled in training, finite and positive.</summary>
        /// <value>The default is 1.</value>
        [InRange(0, Above = true)]
        public float Temperature { get; init; } = DefaultTemperature;

        /// <summary>The compute fraction that the whole network aims for; null where every block has a rate of its own.</summary>
        internal float? WholeTarget => AsPublished || TargetRates is not null ? null : TargetComputeFraction ?? TargetRate;

        /// <summary>
        /// What blocks and gates cost, in microseconds, where gates are to save time and not multiply–accumulates: <see cref="TargetRate"/>
        /// or <see cref="TargetComputeFraction"/>,
        /// and with <see cref="AnyBudget"/> all budgets, are then shares of the whole network's time, and so is what
        /// <see cref="TrainingProgress"/> reports. The model goes on counting multiply–accumulates; <c>WithTimeBudget</c> turns it by time.
        /// See <see cref="MeasuredCosts.Measure"/>. Does not go with <see cref="AsPublished"/>.
        /// </summary>
        /// <value>The default is null: multiply–accumulates.</value>
        public MeasuredCosts? Costs { get; init; }

        internal override MeasuredCosts? CostsOfGates => Costs;

        internal float DifficultyWeight { get; init; }

        internal float MeasuredWorthWeight { get; init; }

        /// <summary>
        /// Whether training draws a gate's state. Otherwise it takes the more likely one, so that an image goes its own way every time
        /// and blocks get used to the images that come their way.
        /// </summary>
        internal bool DrawsGates { get; init; } = true;

        internal override NetworkKind Network => NetworkKind.ConvNetAig;

        internal override float? FirstBudget => AnyBudget ? WholeTarget ?? TargetRate : null;

        private protected override void CheckOwn(OptionCheck check)
        {
            AnyBudgetCheck.Run(check, this, AnyBudget, AsPublished);
            MeasuredCostsCheck.Run(check, this, AsPublished);
            check.Require(
                !AnyBudget || TargetRates is null,
                $"AnyBudget is for the whole network, TargetRates for each block. Leave one of the two out.");
            if (TargetRates is { } rates && Architecture is { } architecture)
            {
                var blocks = architecture.Blocks;
                check.Require(
                    rates.Count == blocks,
                    $"TargetRates must have one rate for each of the {blocks} blocks of {architecture}, got {rates.Count}.");
                for (var block = 0; block < rates.Count; block++)
                {
                    check.Rate($"TargetRates[{block}]", rates[block]);
                }
            }

            var other = AsPublished ? nameof(AsPublished) : nameof(TargetRates);
            check.Require(
                TargetComputeFraction is null || (TargetRates is null && !AsPublished),
                $"TargetComputeFraction is for the whole network, {other} for each block. Leave one of the two out.");
        }
    }
}
