using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Evaluation;

namespace Microsoft.ML;

/// <summary>Extension methods that evaluate and import gated residual networks.</summary>
public static class AdaptiveTransformsCatalog
{
    /// <summary>Evaluates scored rows: ML.NET's own metrics, and how much of the network the images used.</summary>
    /// <param name="catalog">The multiclass catalog.</param>
    /// <param name="data">Rows scored by a <see cref="GatedResNetTransformer"/>, with their true labels.</param>
    /// <param name="labelColumnName">Key column of true labels.</param>
    /// <param name="scoreColumnName">Class probabilities.</param>
    /// <param name="predictedLabelColumnName">Key column of predicted labels.</param>
    /// <param name="executionPathColumnName">Blocks that ran.</param>
    /// <param name="computeFractionColumnName">Share of the full network's MACs.</param>
    /// <returns>The metrics; <see cref="AdaptiveMetrics.ToString"/> prints them as a table.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of a wrong type.</exception>
    /// <exception cref="ArgumentException">There are no rows.</exception>
    public static AdaptiveMetrics EvaluateAdaptive(
        this MulticlassClassificationCatalog catalog,
        IDataView data,
        string labelColumnName = "Label",
        string scoreColumnName = "Score",
        string predictedLabelColumnName = "PredictedLabel",
        string executionPathColumnName = "ExecutionPath",
        string computeFractionColumnName = "ComputeFraction")
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        var paths = PathStatistics.Collect(data, labelColumnName, executionPathColumnName, computeFractionColumnName);
        return new AdaptiveMetrics(
            catalog.Evaluate(data, labelColumnName, scoreColumnName, predictedLabelColumnName: predictedLabelColumnName), paths);
    }
}
