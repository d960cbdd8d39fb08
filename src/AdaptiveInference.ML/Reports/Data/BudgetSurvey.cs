using AdaptiveInference.ML.Reports.Drawing;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Evaluation;
using AdaptiveInference.ML.Transforms.Images;
using AdaptiveInference.ML.Transforms.Model;
using Microsoft.ML;

namespace AdaptiveInference.ML.Reports.Data;

/// <summary>
/// Accuracy against compute of one model at many settings of its gates and exits, and of a static network, all on the same images. Every
/// image is decoded once and then scored at all settings side by side.
/// </summary>
internal sealed class BudgetSurvey
{
    /// <summary>The dial of gates that are told budgets.</summary>
    public const string OfBudgets = "Gate budget";

    private const string OfThresholds = "Gate threshold";

    private static readonly float[] Confidences = [0.3f, 0.5f, 0.7f, 0.8f, 0.88f, 0.94f, 0.98f, 0.995f, 1f];
    private static readonly float[] Thresholds = [0f, 0.1f, 0.3f, 0.5f, 0.7f, 0.9f];
    private static readonly float[] Budgets = [1f, 0.85f, 0.7f, 0.55f, 0.4f, 0.3f, 0.2f];

    private BudgetSurvey(
        BudgetRun chosen, BudgetRun everyBlock, BudgetRun? other, IReadOnlyList<BudgetRun> exits, IReadOnlyList<BudgetRun> gates,
        LostAnswers lost)
    {
        Lost = lost;
        Chosen = chosen;
        EveryBlock = everyBlock;
        Static = other;
        Exits = exits;
        Gates = gates;
    }

    /// <summary>The model as it is.</summary>
    public BudgetRun Chosen { get; }

    /// <summary>The same weights with every block run and no early exit.</summary>
    public BudgetRun EveryBlock { get; }

    /// <summary>The separately trained static network.</summary>
    public BudgetRun? Static { get; }

    /// <summary>Exits from the least certain to the most, gates as the model has them. Empty for a network without exits.</summary>
    public IReadOnlyList<BudgetRun> Exits { get; }

    /// <summary>
    /// Gates from all open to most shut, exits as the model has them: at thresholds, or told budgets where they are told any. Empty for a
    /// network without gates.
    /// </summary>
    public IReadOnlyList<BudgetRun> Gates { get; }

    /// <summary>Where <see cref="Chosen"/> falls short of <see cref="EveryBlock"/>, classes as the rows count them.</summary>
    public LostAnswers Lost { get; }

    /// <summary>What is turned of gates.</summary>
    public string GateDial { get; private init; } = OfThresholds;

    /// <summary>Images that were scored.</summary>
    public long Images => Chosen.Images;

    /// <summary>Scores every n-th labelled row.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The rows do not have the column that a model reads.</exception>
    public static BudgetSurvey? Run(IDataView scored, AdaptiveReportOptions options, long labelledRows)
    {
        if (options.Model is not { } model)
        {
            return null;
        }

        var policy = model.Model.Policy;
        var spec = model.Model.Spec;
        BudgetRun Run(string name, ScoringPolicy setting) => new(name, model.Plan, setting);
        ScoringPolicy AtConfidence(float value) => policy with { ExitConfidence = [.. spec.Exits.Select(_ => value)] };
        var survey = new BudgetSurvey(
            Run("as it is", policy),
            Run("every block run", AtConfidence(1) with { GateThreshold = 0 }),
            options.StaticModel is { } other ? new BudgetRun("static", other.Plan, other.Model.Policy) : null,
            [.. Confidences.Where(_ => spec.Exits.Count > 0).Select(value => Run(Setting(value), AtConfidence(value)))],
            spec.AnyBudget
                ? [.. Budgets.Select(value => Run(Setting(value), policy with { Budget = value, GateThreshold = null }))]
                : [.. Thresholds.Where(_ => model.Blocks.Any(block => block.IsGated))
                    .Select(value => Run(Setting(value), policy with { GateThreshold = value }))],
            new LostAnswers(spec.Exits.Count, spec.Classes))
        {
            GateDial = spec.AnyBudget ? OfBudgets : OfThresholds,
        };
        survey.Read(
            scored, options, Math.Max(1, (labelledRows + options.DialImages - 1) / options.DialImages));
        return survey;
    }

    private static string Setting(float value) => TextFormat.Number(value, "0.###");

    // Rows of another network would be shown beside this one's costs, and the page would contradict itself.
    private static void CheckScored(ScoredColumns rows, GatedResNetTransformer model)
    {
        if (rows.FullMacs != model.FullMacs || !rows.BlockNames.SequenceEqual(model.Blocks.Select(block => block.Name)))
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"AdaptiveReportOptions: Model must be the network that scored the rows, of {rows.BlockNames.Count} blocks and ")
                + FormattableString.Invariant($"{rows.FullMacs} MACs, got one of {model.Blocks.Count} blocks and {model.FullMacs} MACs. ")
                + "Leave it out, or score the rows with it.");
        }
    }

    private void Read(IDataView scored, AdaptiveReportOptions options, long step)
    {
        var columns = ScoredColumns.Of(
            scored.Schema, options.LabelColumnName, options.ScoreColumnName, options.ExecutionPathColumnName,
            options.ComputeFractionColumnName, nameof(scored));
        CheckScored(columns, options.Model!);
        var ownOrder = OrderOf(options.Model!, nameof(options.Model));
        var otherOrder = options.StaticModel is { } peer ? OrderOf(peer, nameof(options.StaticModel)) : ownOrder;
        var label = columns.Label;
        var own = ImagesOf(options.Model!);
        var others = Static is null ? null : ImagesOf(options.StaticModel!);
        BudgetRun[] runs = [Chosen, EveryBlock, .. Exits, .. Gates];
        using var cursor = scored.GetRowCursor(others is null ? [label, own.Column] : [label, own.Column, others.Column]);
        var labelOf = columns.BindLabel(cursor);
        var ownPixels = PixelsOf(own);
        var otherPixels = others is null ? null : PixelsOf(others);
        for (long labelled = 0; cursor.MoveNext();)
        {
            var known = labelOf();
            if (known < 0 || labelled++ % step != 0)
            {
                continue;
            }

            var pixels = ownPixels();
            Parallel.ForEach(runs, run => run.Score(pixels, ownOrder[known]));
            CheckFinite(own, options.Model!, pixels, runs);
            var right = ownOrder[known];
            Lost.Add(Chosen.ExitTaken, known, Chosen.Answer != right && EveryBlock.Answer == right);
            if (Static is not null)
            {
                var pixelsOfOther = otherPixels!();
                Static.Score(pixelsOfOther, otherOrder[known]);
                CheckFinite(others!, options.StaticModel!, pixelsOfOther, Static);
            }
        }

        void CheckFinite(ImageColumn images, GatedResNetTransformer model, float[] pixels, params ReadOnlySpan<BudgetRun> rated)
        {
            foreach (var run in rated)
            {
                if (!run.IsFinite)
                {
                    throw images.Bad(cursor.Position, NoFiniteAnswer.Describe(pixels, model.Model.Channels));
                }
            }
        }

        // The networks may count the same classes in another order than the one that scored the rows.
        ClassOrder OrderOf(GatedResNetTransformer model, string option)
        {
            var order = ClassOrder.Of(columns.Classes, model.Model.Classes);
            var (expected, got) = ClassList.Compare(columns.Classes, model.Model.Classes);
            return order.IsWhole
                ? order
                : throw new ArgumentException(
                    $"AdaptiveReportOptions: {option} must know the classes of the model that scored the rows ({expected}), in any order, "
                    + "got a model of "
                    + $"{got}. Leave it out, or choose a model of the same classes.");
        }

        ImageColumn ImagesOf(GatedResNetTransformer model) => ImageColumn.ForModel(scored.Schema, model.Columns.Features, model.Model);

        Func<float[]> PixelsOf(ImageColumn images)
        {
            var slot = new ImageSlot();
            var capture = images.BindCapture(cursor);
            var pixels = new float[images.Shape.Size];
            return () =>
            {
                capture(slot);
                images.Decode(slot, pixels, cursor.Position);
                return pixels;
            };
        }
    }
}
