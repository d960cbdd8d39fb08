using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Scoring;

namespace AdaptiveInference.ML.Reports.Data;

/// <summary>A network at one setting, and how it does on the images that it was given.</summary>
internal sealed class BudgetRun(string setting, InferencePlan plan, ScoringPolicy policy)
{
    private readonly ScoreResult _result = new(plan.Blocks.Spec.Classes, plan.Blocks.Blocks.Count);
    private long _right;
    private long _macs;

    public string Setting => setting;

    public long Images { get; private set; }

    public double Accuracy => _right / (double)Images;

    public double MeanMacs => _macs / (double)Images;

    /// <summary>What the image scored last is taken for.</summary>
    public int Answer => _result.PredictedClass;

    /// <summary>Where it left; negative for the last head.</summary>
    public int ExitTaken => _result.Trace.ExitTaken;

    /// <summary>Whether the image scored last has a finite answer.</summary>
    public bool IsFinite => _result.Trace.IsFinite;

    /// <summary>Scores an image. Not for several threads at once.</summary>
    public void Score(ReadOnlySpan<float> pixels, int label)
    {
        RowScorer.Run(plan, policy, pixels, _result);
        Images++;
        _macs += _result.Trace.Macs;
        _right += _result.PredictedClass == label ? 1 : 0;
    }
}
