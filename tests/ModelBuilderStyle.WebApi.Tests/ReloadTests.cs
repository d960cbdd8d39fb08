using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;

namespace ModelBuilderStyle.WebApi.Tests;

/// <summary>A model file that changes while the service runs. The tests look themselves, so that nothing depends on a timer.</summary>
[TestClass]
public sealed class ReloadTests
{
    private static readonly byte[] Image = Images.Picture(1);

    private readonly TestModel _model = new();
    private DateTime _written = new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    [TestCleanup]
    public void Dispose() => _model.Dispose();

    [TestMethod]
    public async Task Look_NewFile_IsUsedFromTheSecondLookOn()
    {
        await using var api = await StartAsync();
        var (reloader, before) = (api.Services.GetRequiredService<ModelReloader>(), await HealthAsync(api));
        using var other = TestModel.OfPhotos();

        Assert.IsFalse(reloader.Look());
        Replace(other.File);

        Assert.IsFalse(reloader.Look());
        Assert.AreEqual(_model.Expected(Image), TestModel.Text(await api.PredictAsync(ApiHost.Body(Image))));
        Assert.IsTrue(reloader.Look());
        Assert.AreEqual(other.Expected(Image), TestModel.Text(await api.PredictAsync(ApiHost.Body(Image))));
        Assert.IsFalse(reloader.Look());

        var after = await HealthAsync(api);
        Assert.AreNotEqual(before.Version, after.Version);
        CollectionAssert.AreEqual(new[] { "blue", "red" }, after.Classes.ToArray());
        Assert.AreEqual("Healthy", after.Status);
    }

    [TestMethod]
    public async Task Look_RequestInFlight_EndsWithTheModelThatItBeganWith()
    {
        await using var api = await StartAsync();
        var (reloader, classifier) = (api.Services.GetRequiredService<ModelReloader>(), api.Services.GetRequiredService<Classifier>());
        using var other = TestModel.OfPhotos();
        var lease = classifier.Begin();
        Replace(other.File);
        reloader.Look();
        Assert.IsTrue(reloader.Look());

        var answer = await classifier.PredictAsync(lease, Image, new ComputeWish(null, null), default);

        Assert.AreEqual(_model.Expected(Image), TestModel.Text(answer));
        Assert.IsTrue(lease.Model.Take());
        lease.Model.Release();
        lease.Dispose();
        Assert.IsFalse(lease.Model.Take(), "The old model is kept although nobody uses it.");
    }

    [TestMethod]
    public async Task Look_BadFile_LeavesTheOldInPlaceAndSaysSo()
    {
        await using var api = await StartAsync();
        var reloader = api.Services.GetRequiredService<ModelReloader>();
        var attempts = new List<string?>();
        reloader.Tried += attempts.Add;
        var bad = Path.GetTempFileName();
        await File.WriteAllTextAsync(bad, "no model");
        using var good = new TestModel();
        Replace(bad);

        Assert.IsFalse(reloader.Look());
        Assert.IsFalse(reloader.Look());
        Assert.IsFalse(reloader.Look());

        var health = await HealthAsync(api);
        Assert.AreEqual("Degraded", health.Status);
        Assert.StartsWith($"The model file '{_model.File}' cannot be used: ", health.Problem!);
        Assert.EndsWith(" The model that was loaded before stays in use.", health.Problem!);
        Assert.AreEqual(_model.Expected(Image), TestModel.Text(await api.PredictAsync(ApiHost.Body(Image))));
        CollectionAssert.AreEqual(
            new[] { typeof(ModelFileException).FullName }, attempts, "A file that was found to be bad is not tried again.");

        Replace(good.File);
        reloader.Look();
        Assert.IsTrue(reloader.Look());
        Assert.AreEqual("Healthy", (await HealthAsync(api)).Status);
    }

    [TestMethod]
    public async Task Look_FileThatIsGone_LeavesTheOldInPlaceAndSaysSo()
    {
        await using var api = await StartAsync();
        var reloader = api.Services.GetRequiredService<ModelReloader>();
        var away = _model.File + ".away";
        File.Move(_model.File, away);

        Assert.IsFalse(reloader.Look());
        Assert.AreEqual(
            "The model file is not there any more; the model that was loaded from it stays in use.", (await HealthAsync(api)).Problem);

        File.Move(away, _model.File);
        Assert.IsFalse(reloader.Look());
        Assert.IsNull((await HealthAsync(api)).Problem);
    }

    [TestMethod]
    public async Task Look_LinkThatIsTurned_LoadsWhatItLeadsTo()
    {
        using var other = TestModel.OfPhotos();
        var link = _model.File + ".link";
        File.CreateSymbolicLink(link, _model.File);
        await using var api = await ApiHost.StartAsync(_model, "--model", link, "--Api:ReloadSeconds", "0");
        var reloader = api.Services.GetRequiredService<ModelReloader>();

        File.Delete(link);
        File.CreateSymbolicLink(link, other.File);
        reloader.Look();

        Assert.IsTrue(reloader.Look());
        Assert.AreEqual(other.Expected(Image), TestModel.Text(await api.PredictAsync(ApiHost.Body(Image))));
    }

    [TestMethod]
    public async Task Predict_WhileModelsAreReplaced_IsAnsweredByOneOfThem()
    {
        await using var api = await StartAsync();
        var classifier = api.Services.GetRequiredService<Classifier>();
        using var other = TestModel.OfPhotos();
        var settings = api.Services.GetRequiredService<ApiSettings>();
        string[] expected = [_model.Expected(Image), other.Expected(Image)];
        var done = 0;
        var clients = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (Volatile.Read(ref done) == 0)
            {
                Assert.Contains(TestModel.Text(await api.PredictAsync(ApiHost.Body(Image))), expected);
            }
        })).ToArray();

        for (var i = 0; i < 6; i++)
        {
            classifier.Replace(ServedModel.Read(settings with { Model = i % 2 == 0 ? other.File : _model.File }));
        }

        Volatile.Write(ref done, 1);
        await Task.WhenAll(clients);
    }

    private Task<ApiHost> StartAsync() => ApiHost.StartAsync(_model, "--Api:ReloadSeconds", "0");

    private static async Task<Health> HealthAsync(ApiHost api) => (await api.Client.GetFromJsonAsync<Health>("health"))!;

    // As it should be done: written beside and moved. Each time at another second, as files in use are.
    private void Replace(string source)
    {
        var beside = _model.File + ".new";
        File.Copy(source, beside);
        File.SetLastWriteTimeUtc(beside, _written = _written.AddSeconds(1));
        File.Move(beside, _model.File, overwrite: true);
    }
}
