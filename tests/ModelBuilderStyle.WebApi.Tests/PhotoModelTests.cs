using System.Net.Http.Json;
using SkiaSharp;

namespace ModelBuilderStyle.WebApi.Tests;

/// <summary>The service with what the sample makes of a pretrained network.</summary>
[TestClass]
public sealed class PhotoModelTests
{
    private static TestModel Model { get; set; } = null!;

    private static ApiHost Api { get; set; } = null!;

    [ClassInitialize]
    public static async Task StartAsync(TestContext context)
    {
        _ = context;
        Model = TestModel.OfPhotos();
        Api = await ApiHost.StartAsync(Model);
    }

    [ClassCleanup]
    public static async Task StopAsync()
    {
        await Api.DisposeAsync();
        Model.Dispose();
    }

    [TestMethod]
    [DataRow(SKEncodedImageFormat.Png, "image/png")]
    [DataRow(SKEncodedImageFormat.Webp, "image/webp")]
    public async Task Predict_ColourPicture_IsWhatTheModelAnswers(SKEncodedImageFormat format, string type)
    {
        var image = Images.Picture(50, format, side: 64, colour: SKColors.Red);

        var prediction = await Api.PredictAsync(ApiHost.Body(image, type));

        Assert.AreEqual(Model.Expected(image), TestModel.Text(prediction));
    }

    [TestMethod]
    public async Task Predict_PicturesOfBothClasses_AreToldApart()
    {
        foreach (var (label, colour) in new[] { ("red", SKColors.Red), ("blue", SKColors.Blue) })
        {
            Assert.AreEqual(label, (await Api.PredictAsync(ApiHost.Body(Images.Picture(60, colour: colour)))).Label);
        }
    }

    [TestMethod]
    public async Task Health_Always_NamesTheNewClasses()
        => CollectionAssert.AreEqual(
            new[] { "blue", "red" }, (await Api.Client.GetFromJsonAsync<Health>("health"))!.Classes.ToArray());
}
