using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;

namespace ModelBuilderStyle.WebApi.Tests;

/// <summary>What Prometheus fetches.</summary>
[TestClass]
public sealed class MetricsTests : ApiTests
{
    [TestMethod]
    public async Task Metrics_AfterRequests_HaveTheLibrarysAndTheServices()
    {
        var before = await ValueAsync("adaptive_inference_images_total");
        for (var i = 0; i < 3; i++)
        {
            await Api.PredictAsync(ApiHost.Body(Images.Picture(i)));
        }

        // An answer is kept for a moment, for those who fetch too often.
        var after = before;
        for (var patience = 0; patience < 200 && after == before; patience++)
        {
            await Task.Delay(50);
            after = await ValueAsync("adaptive_inference_images_total");
        }

        Assert.AreEqual(before + 3, after);
        var text = await Api.Client.GetStringAsync("metrics");
        foreach (var name in (string[])
        [
            "adaptive_inference_image_duration_seconds_bucket", "adaptive_inference_image_compute_fraction",
            "adaptive_inference_budget_level", "adaptive_inference_service_waiting", "adaptive_inference_service_held_bytes",
            "adaptive_inference_service_compute_budget", "http_server_request_duration_seconds_bucket",
        ])
        {
            Assert.Contains(name, text);
        }
    }

    [TestMethod]
    public async Task Metrics_RequestThatIsRefused_IsCountedByItsReason()
    {
        await using var api = await ApiHost.StartAsync(Model);
        var load = api.Services.GetRequiredService<Classifier>().Model.Load;
        for (var image = 0; image < 2000; image++)
        {
            load.End(0, TimeSpan.FromMinutes(1), 1);
        }

        using var answer = await api.Client.PostAsync("predict?deadlineMs=1000", ApiHost.Body(Images.Picture(1)));

        Assert.AreEqual(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains(
            "adaptive_inference_reason=\"deadline\"",
            Lines(await api.Client.GetStringAsync("metrics"), "adaptive_inference_service_refusals_total")[0]);
    }

    [TestMethod]
    public async Task Metrics_DriftMonitor_IsThereWhenAskedFor()
    {
        await using var api = await ApiHost.StartAsync(Model, "--Api:DriftShare", "1");
        await api.PredictAsync(ApiHost.Body(Images.Picture(1)));

        var text = await api.Client.GetStringAsync("metrics");

        Assert.IsNotEmpty(Lines(text, "adaptive_inference_drift_checks_total"));
        Assert.Contains("adaptive_inference_monitor=\"model\"", Lines(text, "adaptive_inference_drift_verdict")[0]);
    }

    [TestMethod]
    public void Dashboard_EveryQuery_AsksForWhatThereIs()
    {
        var known = new HashSet<string> { "adaptive_inference_service" };
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                var name = instrument.Name.Replace('.', '_') + instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
                string[] ends = instrument.GetType().Name switch
                {
                    "Counter`1" => ["_total"],
                    "Histogram`1" => ["_bucket", "_sum", "_count"],
                    _ => [""],
                };
                known.UnionWith(ends.Select(end => name + end));
            },
        };
        listener.Start();
        string[] attributes = ["exit", "network", "monitor", "agrees", "controller", "reason"];
        known.UnionWith(attributes.Select(attribute => $"adaptive_inference_{attribute}"));
        var dashboard = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "grafana-dashboard.json")))!;
        var queries = dashboard["panels"]!.AsArray()
            .SelectMany(panel => panel!["targets"]!.AsArray().Select(target => (string)target!["expr"]!)).ToArray();

        var asked = queries.SelectMany(
            query => Regex.Matches(query, @"adaptive_inference_\w+|http_server_\w+").Select(match => match.Value));

        Assert.IsGreaterThan(15, queries.Length);
        Assert.AreEqual("", string.Join(" ", asked.Except(known)));
    }

    private static async Task<double> ValueAsync(string name)
        => Lines(await Api.Client.GetStringAsync("metrics"), name)
            .Sum(line => double.Parse(line.Split('}')[1].Trim().Split(' ')[0], CultureInfo.InvariantCulture));

    private static string[] Lines(string text, string name)
        => [.. text.Split('\n').Where(line => line.StartsWith(name + "{", StringComparison.Ordinal))];
}
