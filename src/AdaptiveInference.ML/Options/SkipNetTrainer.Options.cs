using AdaptiveInference.ML.Options;
using AdaptiveInference.ML.Transforms.Options;
using AdaptiveInference.ML.Transforms;

namespace AdaptiveInference.ML;

/// <content>The options.</content>
public sealed partial class SkipNetTrainer
{
    /// <summary>Options of <see cref="SkipNetTrainer"/>.</summary>
    public sealed record Options : GatedResNetTrainerOptions
    {
        internal const GateKind DefaultGate = GateKind.Recurrent;
        internal const bool DefaultAsPublished = false;
        internal const bool DefaultAnyBudget = false;
        internal const float DefaultTargetComputeFraction = 0.5f;
        internal const float DefaultTargetWeight = 10f;
        internal const float DefaultInformationWeight = 0.5f;
        internal const int DefaultReinforcementEpochs = 2;
        internal const float DefaultReinforcementLearningRate = 1e-3f;
        internal const float DefaultComputePenalty = 0.1f;
        internal const float DefaultReinforcementWeight = 0.1f;

        /// <summary>The kind of gate network; see <see cref="GateKind"/>.</summary>
        /// <value>The default is <see cref="GateKind.Recurrent"/>.</value>
        public GateKind Gate { get; init; } = DefaultGate;

        /// <summary>
        /// Whether to train by the paper's recipe and not by this library's: a supervised stage of cross-entropy alone with
        /// straight-through gates, <see cref="TargetComputeFraction"/> ignored, weight decay on gates too and a learning rate that falls in
        /// steps, then reinforcement in which every block costs the same, the reward has no baseline, batch-norm's statistics are updated
        /// and the learning rate is constant. It needs long reinforcement. The paper's own figures on CIFAR-10 are a learning rate of 0.1,
        /// weight decay of 0.0001 and 64,000 steps of 128 images, then 10,000 steps at a rate of 0.0001.
        /// </summary>
        /// <value>The default is false.</value>
        public bool AsPublished { get; init; } = DefaultAsPublished;

        /// <summary>
        /// Whether gates are told a budget and learn all of them, so that one network has a whole dial: <c>WithComputeBudget</c> of the
        /// model then finds what to tell them. Each training step sees the whole network, the least budget (0.2, or what the network needs
        /// anyway and 0.05 more) and budgets between them, and without a <see cref="GatedResNetTrainerOptions.Teacher"/> the whole network
        /// teaches the others with <see cref="GatedResNetTrainerOptions.DistillationWeight"/>. The trained model begins with the budget
        /// <see cref="TargetComputeFraction"/>. There is no reinforcement stage.
        /// Neither <see cref="AsPublished"/> nor <see cref="ExitOptions.FreezeNetwork"/> goes with it.
        /// </summary>
        /// <value>The default is false.</value>
        public bool AnyBudget { get; init; } = DefaultAnyBudget;

        /// <summary>
        /// Mean compute fraction that the supervised stage aims for, above 0 and at most 1: <c>TargetWeight · (f − target)²</c> is added to
        /// the loss, f the batch's mean share of the network's MACs. Null is the paper's supervised stage, which has no such term.
        /// </summary>
        /// <value>The default is 0.5.</value>
        [InRange(0, 1, Above = true)]
        public float? TargetComputeFraction { get; init; } = DefaultTargetComputeFraction;

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

        /// <summary>Passes over the training data in the reinforcement stage, 0 or more. At 0 there is none.</summary>
        /// <value>The default is 2.</value>
        [InRange(0)]
        public int ReinforcementEpochs { get; init; } = DefaultReinforcementEpochs;

        /// <summary>Highest learning rate of the reinforcement stage, finite and positive; it falls to 0 along a cosine.</summary>
        /// <value>The default is 0.001.</value>
        [InRange(0, Above = true)]
        public float ReinforcementLearningRate { get; init; } = DefaultReinforcementLearningRate;

        /// <summary>
        /// The paper's α: what running every block costs in the reinforcement stage's reward, in nats of cross-entropy. 0 or more. Each
        /// block's part is in proportion to its MACs.
        /// </summary>
        /// <value>The default is 0.1.</value>
        [InRange(0)]
        public float ComputePenalty { get; init; } = DefaultComputePenalty;

        /// <summary>Weight of the reward's gradient against the cross-entropy's in the reinforcement stage, 0 or more.</summary>
        /// <value>The default is 0.1.</value>
        [InRange(0)]
        public float ReinforcementWeight { get; init; } = DefaultReinforcementWeight;

        /// <summary>
        /// What blocks and gates cost, in microseconds, where gates are to save time and not multiply–accumulates: <see
        /// cref="TargetComputeFraction"/>,
        /// and with <see cref="AnyBudget"/> all budgets, are then shares of the whole network's time, and so is what
        /// <see cref="TrainingProgress"/> reports. The model goes on counting multiply–accumulates; <c>WithTimeBudget</c> turns it by time.
        /// See <see cref="MeasuredCosts.Measure"/>. Does not go with <see cref="AsPublished"/>.
        /// </summary>
        /// <value>The default is null: multiply–accumulates.</value>
        public MeasuredCosts? Costs { get; init; }

        internal override MeasuredCosts? CostsOfGates => Costs;

        internal float DifficultyWeight { get; init; }

        internal float MeasuredWorthWeight { get; init; }

        internal override NetworkKind Network => NetworkKind.SkipNet;

        internal override GateKind GateOfNetwork => Gate;

        internal override float? FirstBudget => AnyBudget ? TargetComputeFraction : null;

        private protected override void CheckOwn(OptionCheck check)
        {
            check.Require(
                Architecture is null || Architecture.Blocks > 1,
                $"A SkipNet needs at least 2 blocks, because its first has no gate, and {Architecture} has one. Use more, or ResNet.");
            AnyBudgetCheck.Run(check, this, AnyBudget, AsPublished);
            MeasuredCostsCheck.Run(check, this, AsPublished);
            check.Require(
                !AnyBudget || TargetComputeFraction is not null,
                $"AnyBudget needs a budget to begin with. Set TargetComputeFraction.");
        }
    }
}
