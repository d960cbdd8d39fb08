using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;

namespace ModelBuilderStyle.WebApi.Tests;

[TestClass]
public sealed class QueueTests
{
    [TestMethod]
    public async Task Predict_NoPlaceInTheQueue_Is503AndTheOthersAreAnswered()
    {
        using var model = new TestModel();
        await using var api = await ApiHost.StartAsync(model, "--Api:MaxRequests", "1", "--Api:MaxWaiting", "1");
        var image = Images.Picture(1);
        using var slow = new SlowContent(image);

        var first = api.PredictAsync(slow);
        await slow.Started;
        Task<HttpResponseMessage>[] others =
            [api.Client.PostAsync("predict", ApiHost.Body(image)), api.Client.PostAsync("predict", ApiHost.Body(image))];
        using var rejected = await await Task.WhenAny(others);

        Assert.AreEqual(HttpStatusCode.ServiceUnavailable, rejected.StatusCode);
        Assert.AreEqual("application/problem+json", rejected.Content.Headers.ContentType?.MediaType);
        Assert.AreEqual(TimeSpan.FromSeconds(1), rejected.Headers.RetryAfter?.Delta);
        Assert.AreEqual("Healthy", (await api.Client.GetFromJsonAsync<Health>("health"))!.Status);

        slow.Finish();
        Assert.AreEqual(model.Expected(image), TestModel.Text(await first));
        var answered = (await Task.WhenAll(others)).Single(response => response != rejected);
        Assert.AreEqual(HttpStatusCode.OK, answered.StatusCode);
        Assert.AreEqual(model.Expected(image), TestModel.Text((await answered.Content.ReadFromJsonAsync<Prediction>())!));
    }

    [TestMethod]
    public async Task Predict_BodyThatDoesNotCome_IsAProblemAndGivesItsPlaceBack()
    {
        using var model = new TestModel();
        await using var api = await ApiHost.StartAsync(model, "--Api:MaxRequests", "1", "--Api:MaxReadSeconds", "1");
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, api.Client.BaseAddress!.Port);
        var stream = connection.GetStream();

        // A client that promises a hundred bytes, sends three and keeps the connection open.
        await stream.WriteAsync("POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: 100\r\n\r\nabc"u8.ToArray());
        using var reader = new StreamReader(stream);
        var status = await reader.ReadLineAsync();
        var image = Images.Picture(1);

        Assert.AreEqual("HTTP/1.1 408 Request Timeout", status);
        Assert.AreEqual(model.Expected(image), TestModel.Text(await api.PredictAsync(ApiHost.Body(image))));
    }
}
