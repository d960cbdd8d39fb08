using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Scoring;

/// <summary>Columns that are made of the result of a row.</summary>
internal interface IResultColumns
{
    /// <summary>Whether they need pooled features and not probabilities.</summary>
    bool AreFeatures { get; }

    /// <summary>The input's columns at their own indices, then these.</summary>
    DataViewSchema AppendTo(DataViewSchema input);

    /// <summary>Makes a getter of one column over whichever result is current.</summary>
    /// <param name="index">Index among these columns.</param>
    /// <param name="current">Gives the result of the current row.</param>
    Delegate CreateGetter(int index, Func<ScoreResult> current);
}
