using AdaptiveInference.ML.Transforms;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace ModelBuilderStyle.ServiceParts;

/// <summary>
/// Sends out metrics and traces through OpenTelemetry: by OTLP where the standard variables say where to, and however else a service adds.
/// </summary>
internal static class ServiceTelemetry
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string MetricsEndpoint = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT";
    private const string TracesEndpoint = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
    private const string ServiceName = "OTEL_SERVICE_NAME";
    private const string RuntimeMeter = "System.Runtime";

    /// <summary>Adds what collects and what exports.</summary>
    /// <param name="builder">The service.</param>
    /// <param name="meter">The service's own meter, which also names it where the variables do not.</param>
    /// <param name="addMetrics">Further meters and exporters.</param>
    /// <param name="addTraces">Further sources.</param>
    public static void Add(
        IHostApplicationBuilder builder, string meter, Action<MeterProviderBuilder>? addMetrics, Action<TracerProviderBuilder>? addTraces)
    {
        var telemetry = builder.Services.AddOpenTelemetry().WithMetrics(metrics =>
        {
            metrics.AddMeter(AdaptiveTelemetry.Name, meter, RuntimeMeter);
            addMetrics?.Invoke(metrics);
            if (IsSet(builder.Configuration, MetricsEndpoint))
            {
                metrics.AddOtlpExporter();
            }
        });
        if (string.IsNullOrEmpty(builder.Configuration[ServiceName]))
        {
            telemetry.ConfigureResource(resource => resource.AddService(meter));
        }

        if (IsSet(builder.Configuration, TracesEndpoint))
        {
            telemetry.WithTracing(traces =>
            {
                traces.AddSource(AdaptiveTelemetry.Name);
                addTraces?.Invoke(traces);
                traces.AddOtlpExporter();
            });
        }
    }

    private static bool IsSet(IConfigurationManager configuration, string ofSignal)
        => !string.IsNullOrEmpty(configuration[Endpoint]) || !string.IsNullOrEmpty(configuration[ofSignal]);
}
