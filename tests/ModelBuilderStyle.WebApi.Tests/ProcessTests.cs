using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ModelBuilderStyle.WebApi.Tests;

/// <summary>
/// The service as it runs in production: a process that is told to stop by a signal, and told by variables where metrics go.
/// </summary>
[TestClass]
public sealed class ProcessTests
{
    [TestMethod]
    public async Task Terminate_RequestInFlight_IsAnsweredAndMetricsAndTracesAreSent()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Inconclusive("There is no SIGTERM on Windows.");
        }

        using var model = new TestModel();
        using var collector = new Collector();
        var port = Collector.FreePort();
        using var process = Start(model, port, collector.Address);
        using var handler = new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromMinutes(1) };
        using var client = new HttpClient(handler) { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        var image = Images.Picture(1);
        await UntilReadyAsync(client, process);
        using var slow = new SlowContent(image);

        // The body begins when the service has said that it wants it: then it knows of the request.
        using var request = new HttpRequestMessage(HttpMethod.Post, "predict") { Content = slow, Headers = { ExpectContinue = true } };
        var inFlight = client.SendAsync(request);
        await slow.Started;

        using (var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]))
        {
            await kill.WaitForExitAsync();
        }

        // It has stopped to listen, and waits for what has begun.
        await UntilRefusedAsync(port);
        Assert.IsFalse(process.HasExited);
        slow.Finish();

        using var answer = await inFlight;
        Assert.AreEqual(HttpStatusCode.OK, answer.StatusCode);
        await process.WaitForExitAsync();
        Assert.AreEqual(0, process.ExitCode);
        Assert.Contains("/v1/metrics", collector.Paths.Keys);
        Assert.Contains("/v1/traces", collector.Paths.Keys);
        Assert.Contains("adaptive_inference.images", collector.Paths["/v1/metrics"]);
        Assert.Contains("adaptive_inference.predict", collector.Paths["/v1/traces"]);
    }

    private static Process Start(TestModel model, int port, string collector)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            Environment = { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector, ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf" },
        };
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "ModelBuilderStyle.WebApi.dll"), "--model", model.File,
            "--urls", $"http://127.0.0.1:{port}", "--Logging:LogLevel:Default", "Warning",
        ];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }

    private static async Task UntilReadyAsync(HttpClient client, Process process)
    {
        while (true)
        {
            try
            {
                using var ready = await client.GetAsync("v2/health/ready");
                Assert.AreEqual(HttpStatusCode.OK, ready.StatusCode);
                return;
            }
            catch (HttpRequestException) when (!process.HasExited)
            {
                await Task.Delay(100);
            }
        }
    }

    private static async Task UntilRefusedAsync(int port)
    {
        while (true)
        {
            using var connection = new TcpClient();
            try
            {
                await connection.ConnectAsync(IPAddress.Loopback, port);
                await Task.Delay(50);
            }
            catch (SocketException)
            {
                return;
            }
        }
    }

    /// <summary>Takes what is sent by OTLP over HTTP.</summary>
    private sealed class Collector : IDisposable
    {
        private readonly HttpListener _listener = new();

        public Collector()
        {
            Address = $"http://127.0.0.1:{FreePort()}";
            _listener.Prefixes.Add(Address + "/");
            _listener.Start();
            _ = TakeAsync();
        }

        public string Address { get; }

        /// <summary>From a path to what came there, in which names of metrics and spans can be read.</summary>
        public ConcurrentDictionary<string, string> Paths { get; } = [];

        public static int FreePort()
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            return ((IPEndPoint)listener.LocalEndpoint).Port;
        }

        public void Dispose() => _listener.Close();

        private async Task TakeAsync()
        {
            try
            {
                while (true)
                {
                    var context = await _listener.GetContextAsync();
                    using var body = new MemoryStream();
                    await context.Request.InputStream.CopyToAsync(body);
                    Paths.AddOrUpdate(
                        context.Request.Url!.AbsolutePath, Encoding.Latin1.GetString(body.ToArray()),
                        (_, before) => before + Encoding.Latin1.GetString(body.ToArray()));
                    context.Response.ContentType = "application/x-protobuf";
                    context.Response.Close();
                }
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
            {
                // The test has ended.
            }
        }
    }
}
