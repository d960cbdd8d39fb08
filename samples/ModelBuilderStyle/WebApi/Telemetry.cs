using AdaptiveInference.ML.Transforms;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace ModelBuilderStyle.WebApi;

/// <summary>
/// Sends out metrics and traces through OpenTelemetry: metrics at <c>/metrics</c> for Prometheus to fetch, and both by OTLP where the
/// standard variables say where to.
/// </summary>
internal static class Telemetry
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string MetricsEndpoint = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT";
    private const string TracesEndpoint = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
    private const string ServiceName = "OTEL_SERVICE_NAME";

    // .NET's own meters, named as OpenTelemetry's conventions name them.
    private static readonly string[] PlatformMeters =
        ["Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    /// <summary>Adds what collects and what exports.</summary>
    public static void Add(WebApplicationBuilder builder)
    {
        var telemetry = builder.Services.AddOpenTelemetry().WithMetrics(metrics =>
        {
            metrics.AddMeter([AdaptiveTelemetry.Name, ServiceMetrics.MeterName, .. PlatformMeters]).AddPrometheusExporter();
            if (IsSet(builder.Configuration, MetricsEndpoint))
            {
                metrics.AddOtlpExporter();
            }
        });
        if (string.IsNullOrEmpty(builder.Configuration[ServiceName]))
        {
            telemetry.ConfigureResource(resource => resource.AddService(ServiceMetrics.MeterName));
        }

        if (IsSet(builder.Configuration, TracesEndpoint))
        {
            telemetry.WithTracing(traces => traces.AddSource(AdaptiveTelemetry.Name).AddAspNetCoreInstrumentation().AddOtlpExporter());
        }
    }

    private static bool IsSet(ConfigurationManager configuration, string ofSignal)
        => !string.IsNullOrEmpty(configuration[Endpoint]) || !string.IsNullOrEmpty(configuration[ofSignal]);
}
