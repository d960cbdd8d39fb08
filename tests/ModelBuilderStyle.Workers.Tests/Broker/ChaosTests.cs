using ModelBuilderStyle.WebApi.Tests;

namespace ModelBuilderStyle.Workers.Tests.Broker;

/// <summary>
/// Workers in processes of their own, of which one is killed and one told to stop, at a broker that is stopped once and killed once while
/// they work. The benchmark <c>workers</c> does the same with many more images, for longer.
/// </summary>
[TestClass]
public sealed class ChaosTests
{
    private const int Count = 300;

    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "ModelBuilderStyle.Workers.dll");

    private readonly TemporaryFolder _folder = new();

    [TestCleanup]
    public void Clean() => _folder.Dispose();

    [TestMethod]
    public async Task Run_WorkersAndBrokerThatDie_EveryImageHasExactlyTheResultOfOneProcess()
    {
        if (!BrokerProcess.IsInstalled)
        {
            Assert.Inconclusive(BrokerProcess.Missing);
        }

        for (var i = 0; i < Count; i++)
        {
            _folder.With($"images/{i % 7}/{i}.png", Images.Picture(i, side: 64));
        }

        using var broker = new BrokerProcess();
        await broker.StartAsync();
        await SendAsync(broker);
        string queue;
        await using (var client = await TestBroker.OpenAsync(broker, WorkerSettings.DefaultQueue))
        {
            queue = client.Topology.Dead;
            await client.SendAsync("text/plain", "poison"u8.ToArray(), "poison");
        }

        List<WorkerProcess> workers = [Start(broker), Start(broker), Start(broker)];
        try
        {
            await UntilAsync(Count / 6, workers);
            workers[0].Kill();
            workers[0].Dispose();
            workers[0] = Start(broker);
            await UntilAsync(Count / 3, workers);
            await broker.StopAsync(gently: true);
            await broker.StartAsync();
            await UntilAsync(Count / 2, workers);
            await broker.StopAsync(gently: false);
            await broker.StartAsync();
            Assert.AreEqual(0, await workers[1].StopAsync(), string.Join("\n", workers[1].Lines));
            await UntilAsync(Count, workers.Where((_, i) => i != 1));
            await using var client = await TestBroker.OpenAsync(broker, WorkerSettings.DefaultQueue);
            var poison = await client.TakeAsync(queue);
            Assert.AreEqual("poison", poison.Name);
            Assert.StartsWith("The content type must be application/json", poison.Reason);
            Assert.AreEqual(0, await workers[0].StopAsync(), string.Join("\n", workers[0].Lines));
            Assert.AreEqual(0, await workers[2].StopAsync(), string.Join("\n", workers[2].Lines));
            await CheckEmptyAsync(client);
        }
        finally
        {
            workers.ForEach(worker => worker.Dispose());
        }

        using var alone = WorkerProcess.Start(
            Program, "--folder", _folder["images"], "--model", TestModel.File, "--store", _folder["alone.db"]);
        Assert.AreEqual(0, await alone.WaitAsync(), string.Join("\n", alone.Lines));
        CollectionAssert.AreEqual(ResultFile.Results(_folder["alone.db"]), ResultFile.Results(_folder["results.db"]));
        CollectionAssert.AreEqual(ResultFile.Sources(_folder["alone.db"]), ResultFile.Sources(_folder["results.db"]));
        Assert.HasCount(Count, ResultFile.Results(_folder["results.db"]));
    }

    // What was stored before its message was acknowledged may be handed out once more: then a worker finds it stored.
    private static async Task CheckEmptyAsync(TestBroker client)
    {
        while (await client.TryTakeAsync(client.Queue) is { } left)
        {
            Assert.Contains("paths", System.Text.Encoding.UTF8.GetString(left.Body));
            Assert.IsGreaterThan(0L, Convert.ToInt64(left.Headers["x-delivery-count"], System.Globalization.CultureInfo.InvariantCulture));
        }

        // A worker that dies between the two leaves a dead letter and the message.
        while (await client.TryTakeAsync(client.Topology.Dead) is { } letter)
        {
            Assert.AreEqual("poison", letter.Name);
        }
    }

    private async Task SendAsync(BrokerProcess broker)
    {
        using var sender = WorkerProcess.Start(
            Program, "--broker", broker.Address, "--send", _folder["images"], "--Worker:PathsPerMessage", "1");
        Assert.AreEqual(0, await sender.WaitAsync(), string.Join("\n", sender.Lines));
    }

    private WorkerProcess Start(BrokerProcess broker) => WorkerProcess.Start(
        Program, "--broker", broker.Address, "--root", _folder["images"], "--model", TestModel.File, "--store", _folder["results.db"],
        "--Worker:Engines", "1");

    private async Task UntilAsync(int results, IEnumerable<WorkerProcess> workers)
    {
        while (ResultFile.Count(_folder["results.db"]) < results)
        {
            foreach (var worker in workers)
            {
                Assert.IsFalse(worker.HasExited, string.Join("\n", worker.Lines));
            }

            await Task.Delay(5);
        }
    }
}
