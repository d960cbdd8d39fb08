using ModelBuilderStyle.WebApi.Tests;
using ModelBuilderStyle.Workers.Tests.Storage;

namespace ModelBuilderStyle.Workers.Tests.Processing;

/// <summary>A database or a drive that is not there, and a backlog.</summary>
[TestClass]
public sealed class WaitingTests
{
    private static readonly byte[] Picture = Images.Picture(3);

    [TestMethod]
    public async Task Run_StoreThatTakesNothingYet_KeepsTheMessageUntilItDoes()
    {
        using var folder = new TemporaryFolder();
        await using var database = await TestDatabase.OpenAsync("SQLite");
        await using var worker = new WorkerParts(database, new WorkerSettings());
        await ExecuteAsync(database, "ALTER TABLE results RENAME TO away");
        var message = new RecordedDelivery("image/png", Picture);

        var running = worker.MessageProcessor.RunAsync(message, default, default);
        while (worker.State.StoreProblem is null)
        {
            await Task.Delay(10);
        }

        Assert.Contains("no such table: results", worker.State.Problem!);
        Assert.IsEmpty(message.Events);
        await ExecuteAsync(database, "ALTER TABLE away RENAME TO results");

        Assert.IsTrue(await running);
        Assert.IsNull(worker.State.Problem);
        CollectionAssert.AreEqual(new[] { "publish the message", "complete" }, message.Events.ToArray());
        Assert.AreEqual(1, await database.Store.CountAsync(worker.Model.File.Version, default));
    }

    [TestMethod]
    public async Task Run_RootThatIsGone_KeepsTheMessageUntilItIsBack()
    {
        using var folder = new TemporaryFolder().With("root/a.png", Picture);
        await using var database = await TestDatabase.OpenAsync("SQLite");
        await using var worker = new WorkerParts(database, new WorkerSettings { Root = folder["root"] });
        Directory.Move(folder["root"], folder["away"]);
        var message = new RecordedDelivery("a.png");

        var running = worker.MessageProcessor.RunAsync(message, default, default);
        while (worker.State.FileProblem is null)
        {
            await Task.Delay(10);
        }

        Assert.IsEmpty(message.Events);
        Directory.Move(folder["away"], folder["root"]);

        Assert.IsTrue(await running);
        Assert.IsNull(worker.State.Problem);
    }

    [TestMethod]
    public async Task Run_LongBacklog_TakesLessWork()
    {
        await using var database = await TestDatabase.OpenAsync("SQLite");
        await using var worker = new WorkerParts(database, new WorkerSettings { TargetSeconds = 600 });
        Assert.IsGreaterThan(1, worker.Model.Steps.Count);
        worker.State.Backlog = long.MaxValue;

        var message = new RecordedDelivery("image/png", Picture);
        await worker.MessageProcessor.RunAsync(message, default, default);

        Assert.AreEqual(worker.Model.Steps.Count - 1, message.Published.Single().Step);
    }

    [TestMethod]
    public async Task Run_LongBacklogWithoutAGoal_TakesNothingFromAccuracy()
    {
        await using var database = await TestDatabase.OpenAsync("SQLite");
        await using var worker = new WorkerParts(database, new WorkerSettings());
        worker.State.Backlog = long.MaxValue;

        var message = new RecordedDelivery("image/png", Picture);
        await worker.MessageProcessor.RunAsync(message, default, default);

        Assert.AreEqual(0, message.Published.Single().Step);
        Assert.AreEqual(TestModel.Expected(Picture).ComputeFraction, message.Published.Single().ComputeFraction);
    }

    private static async Task ExecuteAsync(TestDatabase database, string statement)
    {
        await using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={database.Setting}");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = statement;
        await command.ExecuteNonQueryAsync();
    }
}
