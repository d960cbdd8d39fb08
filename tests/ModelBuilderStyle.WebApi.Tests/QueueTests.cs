using System.Net;
using System.Net.Sockets;

namespace ModelBuilderStyle.WebApi.Tests;

[TestClass]
public sealed class QueueTests
{
    [TestMethod]
    public async Task Predict_AmongManySlowBodies_IsAnsweredFirst()
    {
        using var model = new TestModel();
        await using var api = await ApiHost.StartAsync(
            model, "--Api:Engines", "1", "--Api:MaxWaiting", "1", "--Api:MaxReadSeconds", "3600");
        var image = Images.Picture(1);
        var slow = Enumerable.Range(0, 100).Select(_ => new SlowContent(image)).ToArray();
        var late = slow.Select(api.PredictAsync).ToArray();
        await Task.WhenAll(slow.Select(content => content.Started));

        Assert.AreEqual(model.Expected(image), TestModel.Text(await api.PredictAsync(ApiHost.Body(image))));

        Assert.IsFalse(late.Any(answer => answer.IsCompleted));
        for (var i = 0; i < slow.Length; i++)
        {
            slow[i].Finish();
            Assert.AreEqual(model.Expected(image), TestModel.Text(await late[i]));
            slow[i].Dispose();
        }
    }

    [TestMethod]
    public async Task Predict_BodyThatDoesNotCome_IsAProblem()
    {
        using var model = new TestModel();
        await using var api = await ApiHost.StartAsync(model, "--Api:MaxReadSeconds", "1");
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, api.Port);
        var stream = connection.GetStream();

        // A client that promises a hundred bytes, sends three and keeps the connection open.
        await stream.WriteAsync(
            "POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: 100\r\n\r\nabc"u8.ToArray());
        using var reader = new StreamReader(stream);

        Assert.AreEqual("HTTP/1.1 408 Request Timeout", await reader.ReadLineAsync());
    }
}
