using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using SkiaSharp;

namespace ModelBuilderStyle.WebApi.Tests;

[TestClass]
public sealed class PredictTests : ApiTests
{
    [TestMethod]
    [DataRow(SKEncodedImageFormat.Png, "image/png")]
    [DataRow(SKEncodedImageFormat.Jpeg, "image/jpeg")]
    [DataRow(SKEncodedImageFormat.Webp, "image/webp")]
    [DataRow(SKEncodedImageFormat.Jpeg, "application/octet-stream")]
    [DataRow(SKEncodedImageFormat.Jpeg, "IMAGE/JPEG")]
    [DataRow(SKEncodedImageFormat.Png, "Application/Octet-Stream")]
    public async Task Predict_ImageAsBody_IsWhatTheModelAnswers(SKEncodedImageFormat format, string type)
    {
        var image = Images.Picture(3, format, side: 50);

        var prediction = await Api.PredictAsync(ApiHost.Body(image, type));

        Assert.AreEqual(Model.Expected(image), TestModel.Text(prediction));
        Assert.IsGreaterThan(0, prediction.Milliseconds);
    }

    [TestMethod]
    public async Task Predict_BudgetBelowWhatIsGuessed_GetsTheLeastAndIsToldWhatItTook()
    {
        using var response = await Api.Client.PostAsync("predict?computeBudget=0.000001", ApiHost.Body(Images.Picture(4)));

        Assert.AreEqual(HttpStatusCode.OK, response.StatusCode);
        Assert.IsGreaterThan(0.000001, (await response.Content.ReadFromJsonAsync<Prediction>())!.ComputeBudget);
    }

    [TestMethod]
    public async Task Predict_ImageInAForm_IsWhatTheModelAnswers()
    {
        var image = Images.Picture(4);

        Assert.AreEqual(Model.Expected(image), TestModel.Text(await Api.PredictAsync(ApiHost.Form(("bag.png", image)))));
    }

    [TestMethod]
    public async Task Predict_Batch_IsOneAnswerPerFileInOrder()
    {
        var files = Enumerable.Range(0, MaxBatchImages).Select(i => ($"{i} ü.png", Images.Picture(i))).ToArray();

        using var response = await Api.Client.PostAsync("predict/batch", ApiHost.Form(files));
        var batch = (await response.Content.ReadFromJsonAsync<BatchPrediction>())!;

        CollectionAssert.AreEqual(files.Select(file => file.Item1).ToArray(), batch.Predictions.Select(answer => answer.File).ToArray());
        CollectionAssert.AreEqual(
            files.Select(file => Model.Expected(file.Item2)).ToArray(),
            batch.Predictions.Select(answer => TestModel.Text(answer.Prediction)).ToArray());
    }

    [TestMethod]
    public async Task Predict_TwoHundredRequestsAtOnceAmongBrokenOnes_AnswersAreUnchanged()
    {
        var images = Enumerable.Range(0, 20).Select(i => Images.Picture(i)).ToArray();
        var expected = images.Select(Model.Expected).ToArray();
        Assert.IsGreaterThan(10, expected.Distinct().Count(), "The images must have different answers.");
        var broken = Images.FirstHalf(Images.Picture(1));

        var bad = Enumerable.Range(0, 40).Select(_ => Api.Client.PostAsync("predict", ApiHost.Body(broken))).ToArray();
        var good = Enumerable.Range(0, 200).Select(i => Api.PredictAsync(ApiHost.Body(images[i % images.Length]))).ToArray();
        await Task.WhenAll(good);

        for (var i = 0; i < good.Length; i++)
        {
            Assert.AreEqual(expected[i % images.Length], TestModel.Text(await good[i]));
        }

        foreach (var response in await Task.WhenAll(bad))
        {
            Assert.AreEqual(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        }
    }

    [TestMethod]
    public async Task Health_Always_NamesTheModel()
    {
        var health = (await Api.Client.GetFromJsonAsync<Health>("health"))!;

        Assert.AreEqual("Healthy", health.Status);
        Assert.AreEqual("model.zip", health.Model);
        Assert.AreEqual("SkipNet-20", health.Network);
        CollectionAssert.AreEqual(new[] { 3, 32, 32 }, health.Image.ToArray());
        CollectionAssert.AreEqual(Model.Classes, health.Classes.ToArray());
        Assert.AreEqual(Model.Blocks.Length, health.Blocks);
    }

    [TestMethod]
    public async Task Page_EveryFile_IsServedForGetAndHead()
    {
        foreach (var (path, type) in new[] { ("", "text/html"), ("page.css", "text/css"), ("page.js", "text/javascript") })
        {
            foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Head])
            {
                using var request = new HttpRequestMessage(method, path);
                using var response = await Api.Client.SendAsync(request);

                Assert.AreEqual(HttpStatusCode.OK, response.StatusCode, path);
                Assert.AreEqual(type, response.Content.Headers.ContentType?.MediaType);
                Assert.StartsWith("default-src 'none'", response.Headers.GetValues("Content-Security-Policy").Single());
            }
        }
    }

    [TestMethod]
    public async Task OpenApi_Document_DescribesEveryEndpointWithItsProblems()
    {
        using var document = JsonDocument.Parse(await Api.Client.GetStringAsync("openapi/v1.json"));
        var paths = document.RootElement.GetProperty("paths");

        CollectionAssert.AreEquivalent(
            new[] { "/health", "/predict", "/predict/batch" }, paths.EnumerateObject().Select(path => path.Name).ToArray());
        foreach (var path in (string[])["/predict", "/predict/batch"])
        {
            var post = paths.GetProperty(path).GetProperty("post");
            CollectionAssert.AreEqual(
                new[] { "200", "400", "408", "413", "415", "422", "503" },
                post.GetProperty("responses").EnumerateObject().Select(response => response.Name).Order().ToArray());
            Assert.IsTrue(post.GetProperty("requestBody").GetProperty("content").TryGetProperty("multipart/form-data", out _));
        }

        var body = paths.GetProperty("/predict").GetProperty("post").GetProperty("requestBody");
        Assert.IsTrue(body.GetProperty("content").TryGetProperty("image/png", out _));
    }

    [TestMethod]
    public void Service_Files_AreWithoutTorchSharp()
    {
        var torch = Directory.GetFiles(AppContext.BaseDirectory, "*torch*", new EnumerationOptions
        {
            RecurseSubdirectories = true,
            MatchCasing = MatchCasing.CaseInsensitive,
        });

        Assert.IsEmpty(torch, string.Join(", ", torch));
    }
}
