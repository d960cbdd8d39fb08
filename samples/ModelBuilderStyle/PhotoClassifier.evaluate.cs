using AdaptiveInference.ML;
using AdaptiveInference.ML.Transforms;
using Microsoft.ML;

namespace ModelBuilderStyle;

/// <summary>How good the classifier is, and what it costs.</summary>
public static partial class PhotoClassifier
{
    /// <summary>Accuracy and compute on images that training has not seen.</summary>
    public static AdaptiveMetrics Evaluate(MLContext mlContext, ITransformer model, IDataView data)
        => mlContext.MulticlassClassification.EvaluateAdaptive(model.Transform(data));

    /// <summary>The same at other budgets: without training, only images leave earlier or later.</summary>
    /// <param name="mlContext">Where it is evaluated.</param>
    /// <param name="model">The trained pipeline.</param>
    /// <param name="data">
    /// Images that training has not seen. Budgets are set on them too, without their labels: an application would take images as they come.
    /// </param>
    /// <param name="budgets">Wanted mean compute fractions; those that the network cannot reach are left out.</param>
    public static IReadOnlyList<(double Budget, AdaptiveMetrics Metrics)> EvaluateBudgets(
        MLContext mlContext, ITransformer model, IDataView data, IReadOnlyList<double> budgets)
    {
        var network = model.AdaptiveNetwork();
        var keyed = Keys(model).Transform(data);
        var least = network.Exits.Count > 0 ? network.Exits[0].ComputeFraction : 1;
        return
        [
            .. from budget in budgets
               where budget >= least
               let atBudget = network.WithComputeBudget(keyed, budget)
               select (budget, mlContext.MulticlassClassification.EvaluateAdaptive(atBudget.Transform(keyed))),
        ];
    }

    /// <summary>The answers for many images, in their order.</summary>
    public static IReadOnlyList<ModelOutput> PredictAll(MLContext mlContext, ITransformer model, IDataView data)
        => [.. mlContext.Data.CreateEnumerable<ModelOutput>(model.Transform(data), reuseRowObject: false)];

    /// <summary>Writes a page about the model that opens in any browser.</summary>
    /// <param name="model">The trained pipeline.</param>
    /// <param name="data">Images that training has not seen.</param>
    /// <param name="training">What fine-tuning reported; empty where there was none.</param>
    /// <param name="path">File to write, <c>.html</c>.</param>
    public static void SaveReport(ITransformer model, IDataView data, IReadOnlyList<TrainingProgress> training, string path)
    {
        var options = new AdaptiveReportOptions { Title = "Photo classifier", Model = model.AdaptiveNetwork(), Training = training };
        AdaptiveReport.Create(model.Transform(data), options).Save(path);
    }

    // The first step of the pipeline: class names to keys.
    private static ITransformer Keys(ITransformer model) => ((IEnumerable<ITransformer>)model).First();
}
