using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ModelBuilderStyle.WebApi.Tests;
using ModelBuilderStyle.Workers.Storage;
using ModelBuilderStyle.Workers.Tests.Storage;

namespace ModelBuilderStyle.Workers.Tests.Folders;

/// <summary>The whole program without a broker.</summary>
[TestClass]
public sealed class FolderWorkerTests
{
    private const int Count = 30;

    private readonly TemporaryFolder _folder = new();

    [TestInitialize]
    public void Make()
    {
        for (var i = 0; i < Count; i++)
        {
            _folder.With($"images/{i % 3}/{i}.png", Images.Picture(i));
        }

        _folder.With("images/notes.txt", [1]).With("images/0/copy.PNG", Images.Picture(0)).With("images/broken.jpg", [1, 2]);
    }

    [TestCleanup]
    public void Clean()
    {
        SqliteConnection.ClearAllPools();
        _folder.Dispose();
    }

    [TestMethod]
    public async Task Run_Folder_EveryDifferentImageHasTheResultOfTheModelItself()
    {
        var metrics = await RunAsync();

        Assert.AreEqual((Count + 1, 1), (metrics.Done, metrics.Refused));
        await using var store = ResultStore.Of(_folder["results.db"]);
        for (var i = 0; i < Count; i++)
        {
            var image = Images.Picture(i);
            var expected = TestModel.Expected(image);
            var result = (await FindAsync(store, image))!;
            Assert.AreEqual(
                (expected.PredictedLabel, expected.Score.Max(), expected.ComputeFraction),
                (result.Label, result.Probability, result.ComputeFraction));
        }

        Assert.AreEqual(Count, await store.CountAsync(Version(), default));
    }

    [TestMethod]
    public async Task Run_Again_ScoresOnlyWhatIsNew()
    {
        await RunAsync();
        await using var store = ResultStore.Of(_folder["results.db"]);
        var before = (await FindAsync(store, Images.Picture(1)))!;
        _folder.With("images/new.png", Images.Picture(100));

        await RunAsync();

        Assert.AreEqual(before, await FindAsync(store, Images.Picture(1)));
        Assert.AreEqual(Count + 1, await store.CountAsync(Version(), default));
    }

    [TestMethod]
    public async Task Run_LinksInACircle_ReadsEveryFolderOnce()
    {
        Directory.CreateSymbolicLink(_folder["images/0/round"], _folder["images"]);
        Directory.CreateSymbolicLink(_folder["images/1/self"], ".");

        var metrics = await RunAsync();

        Assert.AreEqual((Count + 1, 1), (metrics.Done, metrics.Refused));
    }

    [TestMethod]
    public async Task Run_StoreThatIsNone_SaysSoAndEnds()
    {
        _folder.With("no.db", [.. Enumerable.Repeat((byte)'x', 5000)]);

        using var host = Host("--store", _folder["no.db"]);
        var job = host.Services.GetServices<IHostedService>().OfType<BackgroundService>().Single();
        await host.RunAsync();

        var error = await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => job.ExecuteTask!);
        Assert.StartsWith("Worker:Store is no file that results can be written to: SQLite Error 26", error.Message);
    }

    [TestMethod]
    public void Create_SettingThatIsNone_SaysWhichThereAre()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => Host("--Worker:Engnies", "2"));

        Assert.StartsWith("The settings are not usable. There is no Worker:Engnies; there are Broker, ", error.Message);
    }

    [TestMethod]
    public async Task Run_PostgreSql_HasTheSameResultsAsAFile()
    {
        await using var database = await TestDatabase.OpenAsync("PostgreSQL");
        await RunAsync();
        await using var file = ResultStore.Of(_folder["results.db"]);

        await RunAsync("--store", database.Setting);

        Assert.AreEqual(Count, await database.Store.CountAsync(Version(), default));
        for (var i = 0; i < Count; i++)
        {
            var result = (await FindAsync(database.Store, Images.Picture(i)))!;
            Assert.AreEqual((await FindAsync(file, Images.Picture(i)))! with { ScoredAt = result.ScoredAt }, result);
        }
    }

    private static string Version() => ModelFile.Read(TestModel.File).Version;

    private static Task<StoredResult?> FindAsync(ResultStore store, byte[] image) => store.FindAsync(
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(image)), Version(), default);

    private async Task<WorkerMetrics> RunAsync(params string[] settings)
    {
        using var host = Host(settings);
        var metrics = host.Services.GetRequiredService<WorkerMetrics>();
        await host.RunAsync();
        return metrics;
    }

    private IHost Host(params string[] settings) => WorkerHost.Create(
    [
        "--folder", _folder["images"], "--model", TestModel.File, "--store", _folder["results.db"], "--Worker:PathsPerMessage", "4",
        "--Logging:LogLevel:Default", "Error", .. settings,
    ]);
}
