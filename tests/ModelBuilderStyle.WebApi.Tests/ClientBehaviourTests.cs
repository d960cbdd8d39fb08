using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ModelBuilderStyle.WebApi.Tests;

/// <summary>
/// Whatever clients do, the operator's log holds nothing that looks like a fault of the service, and good requests are answered.
/// </summary>
[TestClass]
public sealed class ClientBehaviourTests
{
    private const string Post = "POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n";
    private const string Batch = "POST /predict/batch HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\n";
    private const string Part = "--b\r\nContent-Disposition: form-data; name=image; filename=a.png\r\n\r\n";

    private static readonly byte[] Good = Images.Picture(1, side: 400);

    private static readonly byte[] WholeBatch =
    [
        .. Enumerable.Range(0, 20).SelectMany(_ => (byte[])[.. Encoding.ASCII.GetBytes(Part), .. Good, .. "\r\n"u8]), .. "--b--\r\n"u8,
    ];

    // Each is sent once with every ending.
    private static readonly Dictionary<string, byte[]> Requests = new()
    {
        ["nothing"] = [],
        ["no HTTP"] = "hello\r\n\r\n"u8.ToArray(),
        ["TLS"] = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3],
        ["HTTP/2 by prior knowledge"] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0"u8.ToArray(),
        ["HTTP/3.7"] = "GET / HTTP/3.7\r\nHost: a\r\n\r\n"u8.ToArray(),
        ["half a request line"] = "POST /pre"u8.ToArray(),
        ["half the headers"] = Encoding.ASCII.GetBytes(Post),
        ["no host"] = "GET / HTTP/1.1\r\n\r\n"u8.ToArray(),
        ["two hosts"] = "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"u8.ToArray(),
        ["a long request line"] = Text($"GET /{new string('a', 20_000)} HTTP/1.1\r\nHost: a\r\n\r\n"),
        ["large headers"] = Text($"GET / HTTP/1.1\r\nHost: a\r\nX: {new string('a', 40_000)}\r\n\r\n"),
        ["many headers"] = Text($"GET / HTTP/1.1\r\nHost: a\r\n{string.Concat(Enumerable.Range(0, 200).Select(i => $"X{i}: a\r\n"))}\r\n"),
        ["a header with a zero"] = "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n"u8.ToArray(),
        ["a path out of the root"] = "GET /../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(),
        ["an escaped path"] = "GET /%2e%2e/%00/%zz/%c0%af HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(),
        ["an absolute address"] = "GET http://other/health HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(),
        ["CONNECT"] = "CONNECT other:443 HTTP/1.1\r\nHost: other:443\r\n\r\n"u8.ToArray(),
        ["an upgrade"] = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"u8.ToArray(),
        ["a length that is no number"] = Text($"{Post}Content-Length: many\r\n\r\n"),
        ["a negative length"] = Text($"{Post}Content-Length: -1\r\n\r\n"),
        ["a huge length"] = Text($"{Post}Content-Length: 9223372036854775807\r\n\r\nabc"),
        ["a length beyond 64 bits"] = Text($"{Post}Content-Length: 99999999999999999999999\r\n\r\nabc"),
        ["two lengths"] = Text($"{Post}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
        ["length and chunks"] = Text($"{Post}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
        ["bad chunks"] = Text($"{Post}Transfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n"),
        ["a chunk without end"] = Text($"{Post}Transfer-Encoding: chunked\r\n\r\nffffffff\r\nabc"),
        ["unknown encoding"] = Text($"{Post}Transfer-Encoding: gzip\r\n\r\nabc"),
        ["no length"] = Text($"{Post}\r\n"),
        ["half a body"] = Text($"{Post}Content-Length: 1000\r\n\r\nabc"),
        ["an expectation"] = Text($"{Post}Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n"),
        ["an unknown expectation"] = Text($"{Post}Content-Length: 3\r\nExpect: tea\r\n\r\nabc"),
        ["half a batch"] = [.. Text($"{Batch}Content-Length: {WholeBatch.Length}\r\n\r\n"), .. WholeBatch[..(WholeBatch.Length / 2)]],
        ["a batch"] = [.. Text($"{Batch}Content-Length: {WholeBatch.Length}\r\n\r\n"), .. WholeBatch],
        ["an image"] = [.. Text($"{Post}Content-Length: {Good.Length}\r\n\r\n"), .. Good],
        ["a form that is none"] = Text($"{Batch}Content-Length: 5\r\n\r\nhello"),
        ["a part with large headers"] = Text($"{Batch}Content-Length: 50006\r\n\r\n--b\r\nX{new string('a', 50_000)}"),
        ["a boundary alone"] = Text($"{Batch}Content-Length: 3\r\n\r\n--b"),
        ["many requests at once"] = Text(string.Concat(Enumerable.Repeat("GET /health HTTP/1.1\r\nHost: a\r\n\r\n", 200))),
        ["images behind each other"] =
        [
            .. Enumerable.Range(0, 20).SelectMany(_ => (byte[])[.. Text($"{Post}Content-Length: {Good.Length}\r\n\r\n"), .. Good]),
        ],
        ["garbage behind a request"] = "GET /health HTTP/1.1\r\nHost: a\r\n\r\n\0\u0001\u0002garbage\r\n\r\n"u8.ToArray(),
    };

    [TestMethod]
    public async Task Log_AfterAnythingThatClientsDo_HoldsNothingAboveWarning()
    {
        using var model = new TestModel();
        using var log = new CapturedLog();
        await using (var api = await ApiHost.StartAsync(
            model, "--Api:MaxReadSeconds", "1", "--Api:MaxWaiting", "3", "--Logging:LogLevel:ModelBuilderStyle", "Debug"))
        {
            api.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
            await Task.WhenAll(Requests.Values.SelectMany(bytes => (Task[])
            [
                .. Enum.GetValues<Ending>().Select(ending => SendAsync(api.Port, bytes, ending)),
            ]));

            // The clients have left, but images of theirs may still wait; who finds no place is asked to come again.
            using var answer = await PostUntilTakenAsync(api);
            Assert.AreEqual(model.Expected(Good), TestModel.Text((await answer.Content.ReadFromJsonAsync<Prediction>())!));
        }

        Assert.AreEqual("", string.Join("\n", log.Entries.Where(entry => entry.Level > LogLevel.Warning)));
    }

    [TestMethod]
    public async Task Log_ClientThatLeavesWhileItSends_IsOneDebugLine()
    {
        using var model = new TestModel();
        using var log = new CapturedLog();
        await using (var api = await ApiHost.StartAsync(model, "--Logging:LogLevel:ModelBuilderStyle", "Debug"))
        {
            api.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
            using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(IPAddress.Loopback, api.Port);
            await client.SendAsync(Text($"{Post}Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n"));

            // The service says so when it begins to read the body: then it knows of the request.
            Assert.IsGreaterThan(0, await client.ReceiveAsync(new byte[1000]));
            await client.SendAsync("abc"u8.ToArray());
            client.LingerState = new LingerOption(enable: true, seconds: 0);
        }

        // The service has stopped, and with it all that it had to say.
        Assert.AreEqual(
            "(ModelBuilderStyle.WebApi.ClientsGone, Debug, The client left before POST /predict was answered. )",
            string.Join("\n", log.Entries.Where(
                entry => entry.Level > LogLevel.Warning || entry.Category.StartsWith("ModelBuilderStyle", StringComparison.Ordinal))));
    }

    [TestMethod]
    public async Task Stop_IdleConnection_IsClosedInOrder()
    {
        using var model = new TestModel();
        await using var api = await ApiHost.StartAsync(model);
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, api.Port);
        var stream = connection.GetStream();
        await stream.WriteAsync("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
        var answer = new byte[10_000];
        var read = 0;
        while (!Encoding.UTF8.GetString(answer, 0, read).Contains("\r\n0\r\n\r\n", StringComparison.Ordinal)
            && !Encoding.UTF8.GetString(answer, 0, read).EndsWith('}'))
        {
            read += await stream.ReadAsync(answer.AsMemory(read));
        }

        await api.StopAsync();

        // The end of the stream, not an error: a reset would throw.
        Assert.AreEqual(0, await stream.ReadAsync(answer));
    }

    [TestMethod]
    public async Task Stop_RequestInFlight_IsAnsweredAndTheConnectionClosed()
    {
        using var model = new TestModel();
        await using var api = await ApiHost.StartAsync(model);
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, api.Port);
        var stream = connection.GetStream();
        await stream.WriteAsync(Text($"{Post}Content-Length: {Good.Length}\r\nExpect: 100-continue\r\n\r\n"));
        using var reader = new StreamReader(stream, Encoding.UTF8);
        Assert.AreEqual("HTTP/1.1 100 Continue", await reader.ReadLineAsync());

        var stop = api.StopAsync();
        await stream.WriteAsync(Good);
        var answer = await reader.ReadToEndAsync();
        await stop;

        Assert.Contains("HTTP/1.1 200 OK", answer);
        Assert.Contains("Connection: close", answer);
    }

    private static async Task<HttpResponseMessage> PostUntilTakenAsync(ApiHost api)
    {
        while (true)
        {
            var response = await api.Client.PostAsync("predict", ApiHost.Body(Good));
            if (response.StatusCode is not (HttpStatusCode.ServiceUnavailable or HttpStatusCode.RequestTimeout))
            {
                return response;
            }

            response.Dispose();
            await Task.Delay(100);
        }
    }

    private static byte[] Text(string text) => Encoding.ASCII.GetBytes(text);

    private static async Task SendAsync(int port, byte[] bytes, Ending ending)
    {
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(IPAddress.Loopback, port);
        try
        {
            await client.SendAsync(bytes);
            switch (ending)
            {
                case Ending.Reset:
                    client.LingerState = new LingerOption(enable: true, seconds: 0);
                    return;
                case Ending.ResetLater:
                    // Long enough for the request to be in work; whether it is changes nothing that is asserted.
                    await Task.Delay(200);
                    client.LingerState = new LingerOption(enable: true, seconds: 0);
                    return;
                case Ending.HalfClose:
                    client.Shutdown(SocketShutdown.Send);
                    break;
                default:
                    break;
            }

            // Requests whose end does not come end by the server's limits or when this client has had enough.
            using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(3));
            var buffer = new byte[10_000];
            while (await client.ReceiveAsync(buffer, enough.Token) > 0)
            {
            }
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            // The server broke the connection, or leaves it open for the next request.
        }
    }

    private enum Ending
    {
        KeepOpen,
        HalfClose,
        Reset,
        ResetLater,
    }
}
