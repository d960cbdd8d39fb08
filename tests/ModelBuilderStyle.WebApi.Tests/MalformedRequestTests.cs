using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using SkiaSharp;

namespace ModelBuilderStyle.WebApi.Tests;

/// <summary>Every request that is wrong ends with a 4xx and a problem document, and says nothing of the service's inside.</summary>
[TestClass]
public sealed class MalformedRequestTests : ApiTests
{
    private static readonly byte[] Good = Images.Picture(1);

    private static readonly Dictionary<string, byte[]> Bodies = new()
    {
        ["nothing"] = [],
        ["text"] = "This is no image."u8.ToArray(),
        ["half a PNG"] = Images.FirstHalf(Good),
        ["a PNG without its last rows"] = Good[..^40],
        ["half a JPEG"] = Images.FirstHalf(Images.Picture(1, SKEncodedImageFormat.Jpeg, 200)),
        ["half a WebP"] = Images.FirstHalf(Images.Picture(1, SKEncodedImageFormat.Webp, 200)),
        ["the first bytes of a PNG"] = Good[..12],
        ["a PNG of width 0"] = Images.PngOfSize(0, 32),
        ["a PNG of height 0"] = Images.PngOfSize(32, 0),
        ["a PNG of negative width"] = Images.PngOfSize(-5, 32),
        ["a GIF of size 0"] = Images.GifOfSize(0, 0),
        ["a PNG of 3.6 billion pixels"] = Images.PngOfSize(60_000, 60_000),
        ["a PNG a little too large"] = Images.PngOfSize(1001, 1000),
        ["a GIF of 4.3 billion pixels"] = Images.GifOfSize(65535, 65535),
        ["bytes over the limit"] = new byte[MaxImageBytes + 1],
        ["bytes far over the limit"] = new byte[50 * MaxImageBytes],
    };

    [TestMethod]
    [DataRow("nothing", 400, "The image is empty.")]
    [DataRow("text", 422, "decoded")]
    [DataRow("half a PNG", 422, "incomplete")]
    [DataRow("a PNG without its last rows", 422, "incomplete")]
    [DataRow("half a JPEG", 422, "incomplete")]
    [DataRow("half a WebP", 422, "incomplete")]
    [DataRow("the first bytes of a PNG", 422, "decoded")]
    [DataRow("a PNG of width 0", 422, "decoded")]
    [DataRow("a PNG of height 0", 422, "decoded")]
    [DataRow("a PNG of negative width", 422, "decoded")]
    [DataRow("a GIF of size 0", 422, "decoded")]
    [DataRow("a PNG of 3.6 billion pixels", 413, "60000 × 60000 = 3600000000 pixels; at most 1000000")]
    [DataRow("a PNG a little too large", 413, "1001 × 1000 = 1001000 pixels")]
    [DataRow("a GIF of 4.3 billion pixels", 413, "65535 × 65535")]
    [DataRow("bytes over the limit", 413, "at most 200000 bytes")]
    [DataRow("bytes far over the limit", 413, "at most")]
    public async Task Predict_BadImage_IsAProblem(string image, int status, string detail)
    {
        await CheckAsync(status, detail, "predict", ApiHost.Body(Bodies[image]));
        await CheckAsync(status, detail, "predict", ApiHost.Form(("a.png", Bodies[image])));
    }

    [TestMethod]
    public async Task Predict_TooManyBytesOfUnknownLength_IsAProblem()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "predict") { Content = ApiHost.Body(new byte[3 * MaxImageBytes]) };
        request.Headers.TransferEncodingChunked = true;

        using var response = await Api.Client.SendAsync(request);

        await CheckAsync(413, "at most", response);
    }

    [TestMethod]
    [DataRow("text/plain", 415, "got Content-Type 'text/plain'")]
    [DataRow("application/x-www-form-urlencoded", 415, "application/octet-stream")]
    [DataRow("application/json", 415, "multipart/form-data")]
    [DataRow("multipart/mixed; boundary=x", 415, "multipart/form-data")]
    [DataRow(null, 415, "got no Content-Type")]
    [DataRow("multipart/form-data", 400, "boundary")]
    [DataRow("multipart/form-data; boundary=x", 400, "no complete multipart/form-data")]
    public async Task Predict_WrongContentType_IsAProblem(string? type, int status, string detail)
        => await CheckAsync(status, detail, "predict", ApiHost.Body(Good, type));

    [TestMethod]
    public async Task Predict_FormThatBreaksOff_IsAProblem()
    {
        using var form = ApiHost.Form(("a.png", Good));
        var bytes = await form.ReadAsByteArrayAsync();
        var content = new ByteArrayContent(bytes[..^60]);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(form.Headers.ContentType!.ToString());

        await CheckAsync(400, "no complete", "predict", content);
    }

    [TestMethod]
    public async Task Predict_FormWithoutOneFile_IsAProblem()
    {
        await CheckAsync(400, "no file", "predict", ApiHost.Form());
        await CheckAsync(413, "One file", "predict", ApiHost.Form(("a.png", Good), ("b.png", Good)));
    }

    [TestMethod]
    public async Task PredictBatch_OutsideItsLimits_IsAProblem()
    {
        await CheckAsync(415, "multipart/form-data", "predict/batch", ApiHost.Body(Good));
        await CheckAsync(400, "no file", "predict/batch", ApiHost.Form());
        await CheckAsync(
            413, $"At most {MaxBatchImages} files", "predict/batch",
            ApiHost.Form([.. Enumerable.Range(0, MaxBatchImages + 1).Select(i => ($"{i}.png", Good))]));
        await CheckAsync(
            413, $"at most {MaxImageBytes} bytes", "predict/batch", ApiHost.Form(("a.png", Good), ("b.png", new byte[MaxImageBytes + 1])));
        await CheckAsync(
            413, $"at most {MaxBatchBytes} bytes together", "predict/batch",
            ApiHost.Form([.. Enumerable.Range(0, 3).Select(i => ($"{i}.png", new byte[MaxImageBytes - 1]))]));
    }

    [TestMethod]
    public async Task PredictBatch_TooManyPixelsTogether_IsAProblem()
        => await CheckAsync(
            413,
            $"^The images of one batch may have at most {MaxBatchPixels} pixels together; these have 3000000\\.$",
            "predict/batch",
            ApiHost.Form([.. Enumerable.Range(0, 3).Select(i => ($"{i}.png", Images.PngOfSize(1000, 1000)))]));

    [TestMethod]
    public async Task PredictBatch_SomeBadImages_NamesThem()
    {
        using var response = await Api.Client.PostAsync(
            "predict/batch", ApiHost.Form(("good.png", Good), ("half.png", Images.FirstHalf(Good)), ("text.png", "text"u8.ToArray())));

        using var problem = await CheckAsync(422, "2 of 3 images cannot be classified; none was.", response);
        CollectionAssert.AreEqual(
            new[] { "half.png", "text.png" },
            problem.RootElement.GetProperty("files").EnumerateObject().Select(file => file.Name).ToArray());
    }

    [TestMethod]
    [DataRow("GET", "predict", 405)]
    [DataRow("DELETE", "health", 405)]
    [DataRow("GET", "nothing/here", 404)]
    [DataRow("POST", "predict/other", 404)]
    public async Task Request_UnknownRouteOrMethod_IsAProblemWhateverIsAccepted(string method, string path, int status)
    {
        foreach (var accept in (string[])["*/*", "text/html", "image/png"])
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            request.Headers.Accept.ParseAdd(accept);
            using var response = await Api.Client.SendAsync(request);
            await CheckAsync(status, "", response);
        }
    }

    private static async Task CheckAsync(int status, string detail, string path, HttpContent content)
    {
        using var response = await Api.Client.PostAsync(path, content);
        (await CheckAsync(status, detail, response)).Dispose();
    }

    private static async Task<JsonDocument> CheckAsync(int status, string detail, HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.AreEqual((HttpStatusCode)status, response.StatusCode, text);
        Assert.AreEqual("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.IsFalse(text.Contains("Exception", StringComparison.Ordinal) || text.Contains(".cs", StringComparison.Ordinal), text);
        var problem = JsonDocument.Parse(text);
        Assert.AreEqual(status, problem.RootElement.GetProperty("status").GetInt32());
        Assert.AreNotEqual("", problem.RootElement.GetProperty("title").GetString());
        if (detail.Length > 0)
        {
            Assert.MatchesRegex(detail, problem.RootElement.GetProperty("detail").GetString()!);
        }

        return problem;
    }
}
