using System.Buffers;
using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Diagnostics;
using AdaptiveInference.ML.Transforms.Images;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Promises;
using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Scoring;

/// <summary>Decodes and scores one captured image. Shared by all threads.</summary>
/// <param name="plan">The network.</param>
/// <param name="policy">Thresholds of gates and exits.</param>
/// <param name="images">The column to read.</param>
/// <param name="wantsFeatures">Whether pooled features are wanted in place of probabilities.</param>
/// <param name="refusal">Which answers are accepted; null accepts all.</param>
/// <param name="distances">What they are accepted by, where that is their distance from the classes.</param>
/// <param name="monitor">Is told of a share of rows whether the whole network answers alike; null where nobody watches.</param>
/// <param name="telemetry">Counts the rows; null where they are not to be counted.</param>
internal sealed class RowScorer(
    PlanSource plan,
    ScoringPolicy policy,
    ImageColumn images,
    bool wantsFeatures = false,
    RefusalGuarantee? refusal = null,
    ClassDistances? distances = null,
    DriftMonitor? monitor = null,
    ScoringTelemetry? telemetry = null)
{
    // Every gate open, and no exit taken.
    private static readonly ScoringPolicy Whole = new() { GateThreshold = 0 };

    // Where an image left, for metrics: features are those of the last map, behind all exits, and no head is evaluated.
    private const int WithoutHead = -2;

    private readonly AnswerScore? _acceptance = refusal is null ? null : new AnswerScore(refusal.Score, distances);

    public ImageColumn Images => images;

    /// <summary>Scores images of the same column that this network refuses; null where a refused answer stands.</summary>
    public RowScorer? Second { get; init; }

    /// <summary>What an image may take, from reading it on; null for all the time that it needs.</summary>
    public MeasuredTimeLimits? Limits { get; init; }

    public ScoringTelemetry? Telemetry => telemetry;

    public ScoreResult CreateResult() => new(
        plan.Blocks.Spec.Classes, plan.Blocks.Blocks.Count, wantsFeatures ? plan.Blocks.FeatureChannels : 0,
        _acceptance?.Features ?? 0, Second?.CreateResult());

    /// <summary>Scores one of many images, each of which has a core.</summary>
    /// <exception cref="FormatException">
    /// The image cannot be read, or overflows in the network; the message names the row where there is one.
    /// </exception>
    public void Score(ImageSlot slot, ScoreResult result, long? row) => Score(slot, result, row, atOnce: false);

    /// <summary>
    /// Scores a single image with the lowest latency, as <see cref="PredictionEngine{TSrc,TDst}"/> does, whose rows have no number.
    /// </summary>
    /// <exception cref="FormatException">The image cannot be read, or overflows in the network.</exception>
    public void ScoreAtOnce(ImageSlot slot, ScoreResult result) => Score(slot, result, row: null, atOnce: true);

    /// <summary>Scores pixels; the trace tells whether the answer is finite.</summary>
    public static void Run(InferencePlan plan, ScoringPolicy policy, ReadOnlySpan<float> pixels, ScoreResult result)
    {
        plan.Run(pixels, policy, result.Probabilities, result.Trace);
        Report(plan.Cost, result);
    }

    private static void Report(CostModel cost, ScoreResult result)
    {
        var ran = result.Trace.Ran;
        for (var block = 0; block < ran.Length; block++)
        {
            result.Path[block] = ran[block] ? 1f : 0f;
        }

        result.ComputeFraction = (float)(result.Trace.Macs / (double)cost.Full);
        result.PredictedClass = IndexOfLargest(result.Probabilities);
    }

    // For a handful of classes: the library's vectorised search costs more compilation before the first prediction than it ever saves here.
    private static int IndexOfLargest(float[] values)
    {
        var largest = 0;
        for (var i = 1; i < values.Length; i++)
        {
            largest = values[i] > values[largest] ? i : largest;
        }

        return largest;
    }

    // One that has no finite answer does not agree: it cannot vouch for the answer given, which stands all the same.
    private bool WholeAgrees(ReadOnlySpan<float> pixels, ScoreResult result, bool atOnce)
    {
        if (result.Trace.ExitTaken < 0 && !result.Trace.Ran.Contains(false))
        {
            return true;
        }

        var whole = CreateResult();
        if (atOnce)
        {
            plan.Plan.RunAtOnce(pixels, Whole, whole.Probabilities, whole.Trace);
        }
        else
        {
            plan.Plan.Run(pixels, Whole, whole.Probabilities, whole.Trace);
        }

        return whole.Trace.IsFinite && IndexOfLargest(whole.Probabilities) == result.PredictedClass;
    }

    private void Score(ImageSlot slot, ScoreResult result, long? row, bool atOnce)
    {
        ScoreHere(slot, result, row, atOnce);
        if (!result.IsAccepted)
        {
            Second?.Score(slot, result.Second!, row, atOnce);
        }
    }

    private void ScoreHere(ImageSlot slot, ScoreResult result, long? row, bool atOnce)
    {
        var start = ScoringTelemetry.Start();
        using var span = atOnce ? telemetry?.StartSpan() : null;
        var buffer = ArrayPool<float>.Shared.Rent(images.Shape.Size);
        try
        {
            var pixels = buffer.AsSpan(0, images.Shape.Size);
            Score(slot, pixels, result, row, atOnce);
            telemetry?.Scored(
                start, span, wantsFeatures ? WithoutHead : result.Trace.ExitTaken, result.Trace.Macs / (double)plan.Cost.Full,
                result.IsAccepted);
            if (monitor is not null && monitor.Draws())
            {
                monitor.Add(!WholeAgrees(pixels, result, atOnce));
            }
        }
        catch (Exception error)
        {
            telemetry?.Failed(start, span, error);
            throw;
        }
        finally
        {
            ArrayPool<float>.Shared.Return(buffer);
        }
    }

    private void Score(ImageSlot slot, Span<float> pixels, ScoreResult result, long? row, bool atOnce)
    {
        if (Limits is { } limits)
        {
            var limit = atOnce ? limits.Single : limits.OneOfMany;
            (result.Trace.Limit, result.Trace.Started) = (limit, limit.Now());
        }

        images.Decode(slot, pixels, row);
        if (wantsFeatures)
        {
            plan.Plan.Features(pixels, policy, result.Features, result.Trace);
        }
        else if (atOnce)
        {
            plan.Plan.RunAtOnce(pixels, policy, result.Probabilities, result.Trace);
            Report(plan.Cost, result);
        }
        else
        {
            Run(plan.Plan, policy, pixels, result);
        }

        if (!result.Trace.IsFinite)
        {
            throw images.Bad(row, NoFiniteAnswer.Describe(pixels, plan.Plan.Channels));
        }

        result.IsAccepted = _acceptance is null || refusal!.Accepts(_acceptance.Of(result.Trace, result.PredictedClass));
    }
}
