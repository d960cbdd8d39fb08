using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace ModelBuilderStyle.WebApi;

/// <summary>What the service sends out through OpenTelemetry: besides what every service sends, metrics at <c>/metrics</c>.</summary>
internal static class Telemetry
{
    // .NET's own meters, named as OpenTelemetry's conventions name them.
    private static readonly string[] PlatformMeters = ["Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel"];

    /// <summary>Adds what collects and what exports.</summary>
    public static void Add(WebApplicationBuilder builder) => ServiceTelemetry.Add(
        builder, ServiceMetrics.MeterName,
        metrics => metrics.AddMeter(PlatformMeters).AddPrometheusExporter(),
        traces => traces.AddAspNetCoreInstrumentation());
}
