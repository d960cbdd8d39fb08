using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ModelBuilderStyle.WebApi.Tests;
using ModelBuilderStyle.Workers.Messages;
using ModelBuilderStyle.Workers.Storage;
using ModelBuilderStyle.Workers.Tests.Storage;

namespace ModelBuilderStyle.Workers.Tests.Broker;

/// <summary>A worker at a real broker, which the test starts itself.</summary>
[TestClass]
public sealed class BrokerWorkerTests
{
    private readonly TemporaryFolder _folder = new TemporaryFolder()
        .With("images/a.png", Images.Picture(1)).With("images/b.png", Images.Picture(2)).With("images/bad.png", [1, 2, 3]);

    private static BrokerProcess Broker { get; set; } = null!;

    [ClassInitialize]
    public static async Task StartAsync(TestContext context)
    {
        _ = context;
        if (BrokerProcess.IsInstalled)
        {
            Broker = new BrokerProcess();
            await Broker.StartAsync();
        }
    }

    [ClassCleanup]
    public static void Stop() => Broker?.Dispose();

    [TestInitialize]
    public void Check()
    {
        if (!BrokerProcess.IsInstalled)
        {
            Assert.Inconclusive(BrokerProcess.Missing);
        }
    }

    [TestCleanup]
    public void Clean()
    {
        SqliteConnection.ClearAllPools();
        _folder.Dispose();
    }

    [TestMethod]
    public async Task Run_Messages_AreStoredPublishedAndAcknowledged()
    {
        await using var queue = await TestBroker.OpenAsync(Broker);
        var results = await queue.ListenAsync();
        await queue.SendAsync("application/json", ImageMessage.Write(["a.png", "b.png"]));
        await queue.SendAsync("image/png", Images.Picture(3), "by its bytes");

        await using (await RunAsync(queue.Queue))
        {
            var published = new List<JsonElement>();
            for (var i = 0; i < 3; i++)
            {
                var letter = await queue.TakeAsync(results);
                published.Add(JsonDocument.Parse(letter.Body).RootElement);
                Assert.AreEqual($"{published[i].GetProperty("image")}:{published[i].GetProperty("model")}", letter.Name);
            }

            CollectionAssert.AreEquivalent(
                new[] { "a.png", "b.png", "by its bytes" }, published.Select(one => one.GetProperty("source").GetString()).ToArray());
            var expected = TestModel.Expected(Images.Picture(3));
            var bytes = published.Single(one => one.GetProperty("source").GetString() == "by its bytes");
            Assert.AreEqual(expected.PredictedLabel, bytes.GetProperty("label").GetString());
            Assert.AreEqual(expected.Score.Max(), bytes.GetProperty("probability").GetSingle());
        }

        // Whoever takes over finds nothing left to do.
        Assert.AreEqual(0u, await queue.CountAsync(queue.Queue));
        Assert.AreEqual(0u, await queue.CountAsync(queue.Topology.Dead));
        await using var store = ResultStore.Of(_folder["results.db"]);
        Assert.AreEqual(3, await store.CountAsync(ModelFile.Read(TestModel.File).Version, default));
    }

    [TestMethod]
    public async Task Run_PoisonMessages_AreDeadLettersWithTheirReason()
    {
        await using var queue = await TestBroker.OpenAsync(Broker);
        await queue.SendAsync("text/plain", "hello"u8.ToArray(), "first");
        await using var worker = await RunAsync(queue.Queue);

        var letter = await queue.TakeAsync(queue.Topology.Dead);

        Assert.AreEqual(("first", "hello"), (letter.Name, System.Text.Encoding.UTF8.GetString(letter.Body)));
        Assert.StartsWith("The content type must be application/json", letter.Reason);
        await queue.SendAsync("application/json", ImageMessage.Write(["a.png", "bad.png", "../../etc/passwd"]), "second");
        var bad = await queue.TakeAsync(queue.Topology.Dead);
        var hostile = await queue.TakeAsync(queue.Topology.Dead);
        Assert.AreEqual("{\"paths\":[\"bad.png\"]}", System.Text.Encoding.UTF8.GetString(bad.Body));
        Assert.StartsWith("The 3 bytes are no image", bad.Reason);
        Assert.AreEqual("The path '../../etc/passwd' is not one below the root folder, such as 'a/b.png'.", hostile.Reason);
    }

    [TestMethod]
    public async Task Run_MessageThatNobodyFinishes_IsADeadLetterAfterTheLimit()
    {
        await using var queue = await TestBroker.OpenAsync(Broker, deliveryLimit: 2);
        await queue.SendAsync("application/json", ImageMessage.Write(["a.png"]), "again and again");

        // Three times a worker is handed the message and dies before it has said anything.
        for (var i = 0; i < 3; i++)
        {
            await using var connection = await Broker.ConnectAsync();
            await using var channel = await connection.CreateChannelAsync();
            while (await channel.BasicGetAsync(queue.Queue, autoAck: false) is null)
            {
                await Task.Delay(20);
            }
        }

        var letter = await queue.TakeAsync(queue.Topology.Dead);

        Assert.AreEqual("again and again", letter.Name);
        Assert.AreEqual("delivery_limit", System.Text.Encoding.UTF8.GetString((byte[])letter.Headers["x-first-death-reason"]!));
    }

    [TestMethod]
    public async Task Run_QueueThatIsDeleted_IsMadeAgain()
    {
        await using var queue = await TestBroker.OpenAsync(Broker);
        var results = await queue.ListenAsync();
        await queue.SendAsync("application/json", ImageMessage.Write(["a.png"]));
        await using var worker = await RunAsync(queue.Queue);
        await queue.TakeAsync(results);

        await queue.DeleteQueueAsync();
        await queue.UntilThereAsync(Broker);
        await queue.SendAsync("application/json", ImageMessage.Write(["b.png"]));

        Assert.AreEqual("b.png", JsonDocument.Parse((await queue.TakeAsync(results)).Body).RootElement.GetProperty("source").GetString());
    }

    [TestMethod]
    public async Task Run_MessagesThatWait_AreTheWorkersBacklog()
    {
        await using var queue = await TestBroker.OpenAsync(Broker);
        for (var i = 0; i < 50; i++)
        {
            await queue.SendAsync("image/png", Images.Picture(i), $"{i}");
        }

        await using var database = await TestDatabase.OpenAsync("SQLite");
        string[] settings = ["--Worker:Engines", "1", "--store", database.Setting, "--Worker:StopSeconds", "0"];
        await using var connection = new SqliteConnection($"Data Source={database.Setting}");
        await connection.OpenAsync();
        await using (await connection.BeginTransactionAsync())
        {
            // Nobody else can write meanwhile, so that the worker keeps the messages that it was handed, four for its one engine.
            await using var worker = await RunAsync(queue.Queue, settings);
            while (worker.State.Backlog != 46)
            {
                await Task.Delay(20);
            }

            await using var second = await RunAsync(queue.Queue, settings);
            while (worker.State.Backlog != 21)
            {
                await Task.Delay(20);
            }
        }
    }

    [TestMethod]
    public async Task Send_Folder_PutsEveryImageIntoTheQueue()
    {
        await using var queue = await TestBroker.OpenAsync(Broker);

        using var host = WorkerHost.Create(
        [
            "--broker", Broker.Address, "--queue", queue.Queue, "--send", _folder["images"], "--Worker:PathsPerMessage", "2",
            "--Logging:LogLevel:Default", "Error",
        ]);
        await host.RunAsync();

        var paths = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            paths.AddRange(JsonDocument.Parse((await queue.TakeAsync(queue.Queue)).Body).RootElement.GetProperty("paths")
                .EnumerateArray().Select(path => path.GetString()!));
        }

        CollectionAssert.AreEquivalent(new[] { "a.png", "b.png", "bad.png" }, paths);
        Assert.AreEqual(0u, await queue.CountAsync(queue.Queue));
    }

    [TestMethod]
    public async Task Ready_NoBroker_SaysSoWithoutThePassword()
    {
        var port = FreePort.Next();
        using var host = WorkerHost.Create(
        [
            "--broker", $"amqp://me:secret@127.0.0.1:{FreePort.Next()}", "--model", TestModel.File, "--store", _folder["results.db"],
            "--Worker:StatusPort", $"{port}", "--Logging:LogLevel:Default", "None",
        ]);
        await host.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

        using var live = await client.GetAsync("health/live");
        using var ready = await client.GetAsync("health/ready");
        var metrics = await client.GetStringAsync("metrics");
        var problem = await ready.Content.ReadAsStringAsync();

        Assert.AreEqual(System.Net.HttpStatusCode.OK, live.StatusCode);
        Assert.AreEqual(System.Net.HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("broker", problem);
        Assert.DoesNotContain("secret", problem);
        Assert.Contains("adaptive_inference_worker_backlog", metrics);
        await host.StopAsync();
    }

    private async Task<RunningWorker> RunAsync(string queue, params string[] settings)
    {
        var host = WorkerHost.Create(
        [
            "--broker", Broker.Address, "--queue", queue, "--root", _folder["images"], "--model", TestModel.File,
            "--store", _folder["results.db"], "--Logging:LogLevel:Default", "Error", .. settings,
        ]);
        await host.StartAsync();
        return new RunningWorker(host);
    }

    private sealed class RunningWorker(IHost host) : IAsyncDisposable
    {
        public WorkerState State => host.Services.GetRequiredService<WorkerState>();

        public async ValueTask DisposeAsync()
        {
            await host.StopAsync();
            host.Dispose();
        }
    }
}
