using AdaptiveInference.ML;
using AdaptiveInference.ML.Transforms;
using Microsoft.ML;

namespace ModelBuilderStyle;

/// <summary>How good the classifier is, and what it costs.</summary>
public static partial class FashionClassifier
{
    /// <summary>Accuracy and compute on images that training has not seen.</summary>
    public static AdaptiveMetrics Evaluate(MLContext mlContext, ITransformer model, IDataView data)
        => mlContext.MulticlassClassification.EvaluateAdaptive(model.Transform(data));

    /// <summary>Cross-validation: trains on all but one part of the data and evaluates on that part, for each part.</summary>
    /// <returns>The accuracy on each part, 0 to 1.</returns>
    public static IReadOnlyList<double> CrossValidate(MLContext mlContext, IDataView data, SkipNetTrainer.Options options, int folds)
        => [.. mlContext.MulticlassClassification.CrossValidate(data, BuildPipeline(mlContext, options), folds)
            .Select(fold => fold.Metrics.MicroAccuracy)];

    /// <summary>The answers for many images, in their order.</summary>
    public static IReadOnlyList<ModelOutput> PredictAll(MLContext mlContext, ITransformer model, IDataView data)
        => [.. mlContext.Data.CreateEnumerable<ModelOutput>(model.Transform(data), reuseRowObject: false)];

    /// <summary>Writes a page about the model that opens in any browser.</summary>
    /// <param name="model">The trained pipeline.</param>
    /// <param name="data">Images that training has not seen.</param>
    /// <param name="training">What training reported.</param>
    /// <param name="path">File to write, <c>.html</c>.</param>
    public static void SaveReport(ITransformer model, IDataView data, IReadOnlyList<TrainingProgress> training, string path)
    {
        var network = model.AdaptiveNetwork();
        var options = new AdaptiveReportOptions { Title = "Fashion classifier", Model = network, Training = training };
        AdaptiveReport.Create(model.Transform(data), options).Save(path);
    }
}
