using ModelBuilderStyle.Workers.Storage;

namespace ModelBuilderStyle.Workers.Tests.Storage;

/// <summary>One result for each image and model, whoever writes and however often.</summary>
[TestClass]
public sealed class ResultStoreTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);

    public static IEnumerable<object[]> Databases => [["SQLite"], ["PostgreSQL"]];

    [TestMethod]
    [DynamicData(nameof(Databases))]
    public async Task Write_Results_AreFoundToTheLastBit(string database)
    {
        await using var place = await TestDatabase.OpenAsync(database);
        var result = Result("image", "a.png") with { Probability = 0.1f, ComputeFraction = MathF.PI / 4, Label = "Stiefel 'groß'; --" };

        var stored = await place.Store.WriteAsync([result], default);

        Assert.AreEqual(result, stored.Single());
        Assert.AreEqual(result with { Source = "" }, await place.Store.FindAsync("image", "m", default));
        Assert.IsNull(await place.Store.FindAsync("image", "another", default));
        Assert.IsNull(await place.Store.FindAsync("another", "m", default));
    }

    [TestMethod]
    [DynamicData(nameof(Databases))]
    public async Task Write_Again_KeepsTheFirstAndGivesIt(string database)
    {
        await using var place = await TestDatabase.OpenAsync(database);
        var first = Result("image", "a.png");
        await place.Store.WriteAsync([first], default);

        var second = await place.Store.WriteAsync(
            [Result("image", "b.png") with { Label = "late" }, Result("new", "c.png") with { Label = "fresh" }], default);

        Assert.AreEqual(first with { Source = "b.png" }, second[0]);
        Assert.AreEqual("fresh", second[1].Label);
        Assert.AreEqual(2, await place.Store.CountAsync("m", default));
        CollectionAssert.AreEqual(
            new[] { "a.png=image", "b.png=image", "c.png=new" }, await place.SourcesAsync());
    }

    [TestMethod]
    [DynamicData(nameof(Databases))]
    public async Task Write_OneImageTwiceAtOnce_IsOneResult(string database)
    {
        await using var place = await TestDatabase.OpenAsync(database);

        var stored = await place.Store.WriteAsync(
            [Result("image", "a.png"), Result("image", "b.png") with { Label = "other" }, Result("image", "a.png")], default);

        CollectionAssert.AreEqual(new[] { "a.png", "b.png", "a.png" }, stored.Select(one => one.Source).ToArray());
        Assert.HasCount(1, stored.Select(one => one.Label).Distinct());
        Assert.AreEqual(1, await place.Store.CountAsync("m", default));
    }

    [TestMethod]
    [DynamicData(nameof(Databases))]
    public async Task Write_AnotherModel_IsAnotherResult(string database)
    {
        await using var place = await TestDatabase.OpenAsync(database);
        await place.Store.WriteAsync([Result("image", "a.png")], default);

        await place.Store.WriteAsync([Result("image", "a.png") with { Model = "n" }], default);

        Assert.AreEqual(1, await place.Store.CountAsync("m", default));
        Assert.AreEqual(1, await place.Store.CountAsync("n", default));
    }

    [TestMethod]
    [DynamicData(nameof(Databases))]
    public async Task Write_ManyWritersOfTheSameImages_AllSucceed(string database)
    {
        await using var place = await TestDatabase.OpenAsync(database);

        await Task.WhenAll(Enumerable.Range(0, 6).Select(writer => Task.Run(async () =>
        {
            var images = Enumerable.Range(0, 50).Select(i => Result($"{i}", $"{i}.png") with { Label = $"{writer}" }).ToArray();
            new Random(writer).Shuffle(images);
            await place.Store.PrepareAsync(default);
            await place.Store.WriteAsync(images, default);
        })));

        Assert.AreEqual(50, await place.Store.CountAsync("m", default));
    }

    [TestMethod]
    [DynamicData(nameof(Databases))]
    public async Task Write_AsManyAsAreWrittenAtOnce_Fits(string database)
    {
        await using var place = await TestDatabase.OpenAsync(database);

        await place.Store.WriteAsync([.. Enumerable.Range(0, ResultStore.MostAtOnce).Select(i => Result($"{i}", $"{i}.png"))], default);

        Assert.AreEqual(ResultStore.MostAtOnce, await place.Store.CountAsync("m", default));
    }

    private static StoredResult Result(string image, string source) => new(image, "m", "boot", 0.75f, 0.5f, 2, Noon, source);
}
