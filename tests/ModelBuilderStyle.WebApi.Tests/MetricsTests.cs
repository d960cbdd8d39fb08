using System.Globalization;
using System.Net;
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

    private static async Task<double> ValueAsync(string name)
        => Lines(await Api.Client.GetStringAsync("metrics"), name)
            .Sum(line => double.Parse(line.Split('}')[1].Trim().Split(' ')[0], CultureInfo.InvariantCulture));

    private static string[] Lines(string text, string name)
        => [.. text.Split('\n').Where(line => line.StartsWith(name + "{", StringComparison.Ordinal))];
}
