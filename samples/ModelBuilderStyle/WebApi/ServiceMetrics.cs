using System.Diagnostics.Metrics;

namespace ModelBuilderStyle.WebApi;

/// <summary>What the service measures besides what the library does.</summary>
internal sealed class ServiceMetrics
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "ModelBuilderStyle.WebApi";

    private const string Reason = "adaptive_inference.reason";
    private const string Error = "error.type";

    private readonly Counter<long> _refusals;

    public ServiceMetrics(IMeterFactory meters, Classifier classifier, UploadMemoryLimit held, ModelReloader reloader)
    {
        var meter = meters.Create(MeterName);
        _refusals = meter.CreateCounter<long>(
            "adaptive_inference.service.refusals", "{request}", "Requests answered with 503, by what there was no room in.");
        var reloads = meter.CreateCounter<long>(
            "adaptive_inference.service.reloads", "{model}",
            "Model files that were found to have changed; failed ones by the type of the error.");
        meter.CreateObservableGauge(
            "adaptive_inference.service.waiting", () => classifier.Waiting, "{image}", "Images that wait for an engine.");
        meter.CreateObservableGauge(
            "adaptive_inference.service.held", () => held.Total, "By", "Bytes of image files in memory.");
        meter.CreateObservableGauge(
            "adaptive_inference.service.compute_budget", () => Budget(classifier.Model), "1",
            "Mean compute fraction of images at the setting that the load allows now.");
        reloader.Tried += error =>
        {
            if (error is null)
            {
                reloads.Add(1);
            }
            else
            {
                reloads.Add(1, new KeyValuePair<string, object?>(Error, error));
            }
        };
    }

    /// <summary>Counts a request that there was no room for.</summary>
    public void Refused(string reason) => _refusals.Add(1, new KeyValuePair<string, object?>(Reason, reason));

    private static double Budget(ServedModel model) => model.BudgetOf(model.Load.Step);
}
