using AdaptiveInference.ML.Transforms.Options;
using AdaptiveInference.ML.Transforms;

namespace AdaptiveInference.ML;

/// <summary>What an <see cref="AdaptiveReport"/> shows besides the scored rows, and where it finds their columns.</summary>
public sealed record AdaptiveReportOptions
{
    internal const string DefaultTitle = "Adaptive inference report";
    internal const int DefaultDialImages = 2000;

    /// <summary>Heading of the report.</summary>
    /// <value>The default is <c>"Adaptive inference report"</c>.</value>
    public string Title { get; init; } = DefaultTitle;

    /// <summary>Key column of true labels.</summary>
    /// <value>The default is <c>"Label"</c>.</value>
    public string LabelColumnName { get; init; } = GatedResNetTrainerOptions.DefaultLabelColumnName;

    /// <summary>Column of class probabilities.</summary>
    /// <value>The default is <c>"Score"</c>.</value>
    public string ScoreColumnName { get; init; } = GatedResNetTrainerOptions.DefaultScoreColumnName;

    /// <summary>Column of the blocks that ran.</summary>
    /// <value>The default is <c>"ExecutionPath"</c>.</value>
    public string ExecutionPathColumnName { get; init; } = GatedResNetTrainerOptions.DefaultExecutionPathColumnName;

    /// <summary>Column of the share of the full network's multiply–accumulates (MACs) that an image needed.</summary>
    /// <value>The default is <c>"ComputeFraction"</c>.</value>
    public string ComputeFractionColumnName { get; init; } = GatedResNetTrainerOptions.DefaultComputeFractionColumnName;

    /// <summary>Column of the images, for thumbnails: any type that a trainer reads.</summary>
    /// <value>The default is null: the column that <see cref="Model"/> reads, and without a model no thumbnails.</value>
    public string? ImageColumnName { get; init; }

    /// <summary>
    /// The model that scored the rows. With it the report compares with the same network when every block runs, and shows what other
    /// thresholds of gates and exits would give. It scores the images of the rows again, so that its feature column must be among their
    /// columns.
    /// </summary>
    /// <value>The default is null: the report is made of the scored rows alone.</value>
    public GatedResNetTransformer? Model { get; init; }

    /// <summary>A separately trained static network of the same classes to compare with; it scores the images of the rows too.</summary>
    /// <value>The default is null: none.</value>
    public GatedResNetTransformer? StaticModel { get; init; }

    /// <summary>Reports at the ends of epochs, as <see cref="TrainingHistory"/> keeps them. Reports within an epoch are left out.</summary>
    /// <value>The default is null: no training curves.</value>
    public IReadOnlyList<TrainingProgress>? Training { get; init; }

    /// <summary>
    /// Largest number of images that are scored again for the comparisons, at least 1; with more rows, every n-th of them. Each is scored
    /// at about 15 settings.
    /// </summary>
    /// <value>The default is 2000.</value>
    [InRange(1)]
    public int DialImages { get; init; } = DefaultDialImages;

    /// <exception cref="ArgumentException">One or more options are out of range; the message lists them all.</exception>
    internal void Check()
    {
        var check = new OptionCheck();
        check.Require(!string.IsNullOrWhiteSpace(Title), $"Title must be a text, got {(Title is null ? "null" : $"'{Title}'")}.");
        check.Name(nameof(LabelColumnName), LabelColumnName);
        check.Name(nameof(ScoreColumnName), ScoreColumnName);
        check.Name(nameof(ExecutionPathColumnName), ExecutionPathColumnName);
        check.Name(nameof(ComputeFractionColumnName), ComputeFractionColumnName);
        check.Ranges(this);
        check.ThrowIfAny(nameof(AdaptiveReportOptions));
    }
}
