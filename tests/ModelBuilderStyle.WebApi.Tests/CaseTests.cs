using System.Net;
using System.Net.Http.Json;

namespace ModelBuilderStyle.WebApi.Tests;

/// <summary>The files of <c>tests/Cases</c>, sent as bodies.</summary>
[TestClass]
public sealed class CaseTests : ApiTests
{
    [TestMethod]
    [DataRow("exif2_up.jpg")]
    [DataRow("exif3_up.jpg")]
    [DataRow("exif6_up.png")]
    [DataRow("exif8_up.jpg")]
    [DataRow("cmyk_up.jpg")]
    public async Task Predict_PictureStoredInAnotherWay_HasTheLabelOfTheReference(string file)
    {
        var reference = await Api.PredictAsync(ApiHost.Body(Read("plain_up.jpg"), "application/octet-stream"));

        var prediction = await Api.PredictAsync(ApiHost.Body(Read(file), "application/octet-stream"));

        Assert.AreEqual(reference.Label, prediction.Label);
    }

    [TestMethod]
    [DataRow("palette_transp_up.png")]
    [DataRow("rgba_alpha0_up.png")]
    [DataRow("trunc_noEOI.jpg")]
    public async Task Predict_WholePicture_IsWhatTheModelAnswers(string file)
    {
        var image = Read(file);

        var prediction = await Api.PredictAsync(ApiHost.Body(image, "application/octet-stream"));

        Assert.AreEqual(Model.Expected(image), TestModel.Text(prediction));
    }

    [TestMethod]
    public async Task Predict_PictureThatBreaksOff_IsRefused()
    {
        var image = Read("half_zeros.jpg");

        using var response = await Api.Client.PostAsync("predict", ApiHost.Body(image, "image/jpeg"));

        Assert.AreEqual(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        Assert.AreEqual(
            "The image cannot be classified: the picture breaks off: the file is damaged or incomplete.",
            await DetailAsync(response));
    }

    [TestMethod]
    public async Task Predict_Bomb_IsRefusedByItsHeader()
    {
        using var response = await Api.Client.PostAsync("predict", ApiHost.Body(Read("bomb.png")));

        Assert.AreEqual(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.AreEqual(
            $"The image has 30000 × 30000 = 900000000 pixels; at most {MaxImagePixels} are decoded.", await DetailAsync(response));
    }

    private static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Cases", name));

    private static async Task<string> DetailAsync(HttpResponseMessage response)
        => (await response.Content.ReadFromJsonAsync<Microsoft.AspNetCore.Mvc.ProblemDetails>())!.Detail!;
}
