using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Options;
using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms;

/// <content>The options.</content>
public sealed partial class ExitHeadsTrainer
{
    /// <summary>Options of <see cref="ExitHeadsTrainer"/>.</summary>
    /// <remarks>Options are checked when the trainer is made; the exception lists everything that is wrong with them.</remarks>
    public sealed record Options
    {
        internal const string DefaultLabelColumnName = "Label";
        internal const string DefaultScoreColumnName = "Score";
        internal const string DefaultPredictedLabelColumnName = "PredictedLabel";
        internal const string DefaultExecutionPathColumnName = "ExecutionPath";
        internal const string DefaultComputeFractionColumnName = "ComputeFraction";
        internal const HeadKind DefaultHead = HeadKind.Quarters;
        internal const bool DefaultMirrorImages = false;
        internal const int DefaultFolds = 5;

        /// <summary>Name of the label column: a key, as <c>MapValueToKey</c> makes it. Rows whose key is missing are left out.</summary>
        /// <value>The default is <c>"Label"</c>.</value>
        public string LabelColumnName { get; init; } = DefaultLabelColumnName;

        /// <summary>Name of the image column, of any type that the backbone reads.</summary>
        /// <value>The default is null: the column that the backbone reads.</value>
        public string? FeatureColumnName { get; init; }

        /// <summary>Name of the column of class probabilities that the model makes.</summary>
        /// <value>The default is <c>"Score"</c>.</value>
        public string ScoreColumnName { get; init; } = DefaultScoreColumnName;

        /// <summary>
        /// Name of the column of the most probable class, a key of the label's type, that the model makes. Not the label's own name.
        /// </summary>
        /// <value>The default is <c>"PredictedLabel"</c>.</value>
        public string PredictedLabelColumnName { get; init; } = DefaultPredictedLabelColumnName;

        /// <summary>Name of the column that says which blocks ran (1) and which did not (0); null leaves the column out.</summary>
        /// <value>The default is <c>"ExecutionPath"</c>.</value>
        public string? ExecutionPathColumnName { get; init; } = DefaultExecutionPathColumnName;

        /// <summary>
        /// Name of the column of the share of the network's multiply–accumulates (MACs) that an image needed; null leaves the column out.
        /// </summary>
        /// <value>The default is <c>"ComputeFraction"</c>.</value>
        public string? ComputeFractionColumnName { get; init; } = DefaultComputeFractionColumnName;

        /// <summary>Indices from 0 of the blocks after which there is an exit, increasing, none of them the last block.</summary>
        /// <value>
        /// The default is null: after every block but the last of a network of up to twelve blocks, eleven exits in a longer one.
        /// </value>
        public IReadOnlyList<int>? AfterBlocks { get; init; }

        /// <summary>
        /// Kind of all heads: <see cref="HeadKind.Quarters"/> or <see cref="HeadKind.Pooled"/>, which are linear.
        /// <see cref="HeadKind.Pooled"/> has a quarter of the weights.
        /// </summary>
        /// <value>The default is <see cref="HeadKind.Quarters"/>.</value>
        public HeadKind Head { get; init; } = DefaultHead;

        /// <summary>
        /// Whether heads learn from the mirror image of every image as well. It doubles the time and usually helps, where a mirrored image
        /// is still one of its class: not for text, digits or arrows.
        /// </summary>
        /// <value>The default is false.</value>
        public bool MirrorImages { get; init; } = DefaultMirrorImages;

        /// <summary>
        /// Penalty on large weights: half of it times the sum of the squares of the weights, over inputs of variance 1, is added to the
        /// mean cross-entropy. 0 or more.
        /// </summary>
        /// <value>The default is null: for each head the one that does best on held-out rows.</value>
        [InRange(0)]
        public float? L2Regularization { get; init; }

        /// <summary>
        /// Data by which penalties and exits are chosen. It needs the label and the image column; the heads do not learn from it.
        /// </summary>
        /// <value>The default is null: cross-validation over <see cref="Folds"/> parts of the training data, all of which the heads learn
        /// from in the end.</value>
        public IDataView? ValidationSet { get; init; }

        /// <summary>
        /// Parts of the training data, each of which is held out once, where there is no <see cref="ValidationSet"/>; from 2 to 20.
        /// </summary>
        /// <value>The default is 5.</value>
        [InRange(2, 20)]
        public int Folds { get; init; } = DefaultFolds;

        /// <summary>
        /// Name of a column of text, keys or whole numbers that says which images belong together, such as pictures of one object: they are
        /// held out together, or penalties and exits would be chosen by images that the heads have nearly seen. An image whose value is
        /// missing stands alone.
        /// </summary>
        /// <value>The default is null: every image is on its own.</value>
        public string? ValidationGroupColumnName { get; init; }

        /// <summary>Seed of the order in which images are held out. Never stored in the model.</summary>
        /// <value>The default is null: the seed of the <c>MLContext</c>, and without one 1.</value>
        public int? Seed { get; init; }

        /// <summary>Receives reports of the progress, on the threads that do the work.</summary>
        /// <value>The default is null: no reports.</value>
        public IProgress<ExitHeadsProgress>? Progress { get; init; }

        /// <summary>Cancels <c>Fit</c>, which then ends with an <see cref="OperationCanceledException"/>.</summary>
        /// <value>The default is <see cref="CancellationToken.None"/>.</value>
        public CancellationToken CancellationToken { get; init; }

        internal ScoringColumns Columns(string features)
            => new(features, ScoreColumnName, PredictedLabelColumnName, ExecutionPathColumnName, ComputeFractionColumnName);

        /// <exception cref="ArgumentException">One or more options are out of range; the message lists them all.</exception>
        internal void Check(GatedResNetTransformer backbone)
        {
            var check = new OptionCheck();
            check.Ranges(this);
            var columns = Columns(FeatureColumnName ?? backbone.Columns.Features);
            check.Columns(columns, LabelColumnName);
            check.OptionalName(nameof(ValidationGroupColumnName), ValidationGroupColumnName);
            if (ValidationGroupColumnName is { } group && group != LabelColumnName && group != columns.Features)
            {
                foreach (var sentence in columns.Hiding(group, "the groups"))
                {
                    check.Require(false, $"{sentence}");
                }
            }

            check.Require(
                Head != HeadKind.Grid,
                $"Head must be Quarters or Pooled, which are linear, got {Head}. Trainers.ResNet trains other heads.");
            check.Require(
                ValidationGroupColumnName is null || ValidationSet is null,
                $"ValidationGroupColumnName says which rows are held out together; with a ValidationSet none are. Leave one out.");
            if (AfterBlocks is { } after)
            {
                check.AfterBlocks(nameof(AfterBlocks), after, backbone.Architecture, canBeNone: true);
            }

            check.ThrowIfAny("ExitHeadsTrainer.Options");
        }
    }
}
