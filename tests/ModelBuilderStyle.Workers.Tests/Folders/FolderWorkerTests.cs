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
        using var host = WorkerHost.Create(
        [
            "--folder", _folder["images"], "--model", TestModel.File, "--store", _folder["results.db"], "--Worker:PathsPerMessage", "4",
            "--Logging:LogLevel:Default", "Error", .. settings,
        ]);
        var metrics = host.Services.GetRequiredService<WorkerMetrics>();
        await host.RunAsync();
        return metrics;
    }
}
