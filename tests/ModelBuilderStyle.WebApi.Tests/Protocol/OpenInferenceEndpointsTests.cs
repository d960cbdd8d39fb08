using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SkiaSharp;

namespace ModelBuilderStyle.WebApi.Tests.Protocol;

/// <summary>
/// Each endpoint and field of the Open Inference Protocol, version 2, in the words of its OpenAPI document
/// (<c>specification/protocol/open_inference_rest.yaml</c>), as the table in <c>docs/serving.md</c> lists them.
/// </summary>
[TestClass]
public sealed class OpenInferenceTests : ApiTests
{
    private const string Infer = "v2/models/model/infer";

    private static string Version => Api.Services.GetRequiredService<Classifier>().Model.File.Version;

    [TestMethod]
    public async Task Health_LiveAndReady_AreTrue()
    {
        Assert.IsTrue((bool)(await GetAsync("v2/health/live"))["live"]!);
        var ready = await GetAsync("v2/health/ready");
        Assert.IsTrue((bool)ready["live"]!);
        Assert.IsTrue((bool)ready["ready"]!);
    }

    [TestMethod]
    [DataRow("v2")]
    [DataRow("v2/")]
    public async Task Metadata_Server_HasTheRequiredFields(string path)
    {
        var server = await GetAsync(path);

        Assert.AreEqual("ModelBuilderStyle.WebApi", (string?)server["name"]);
        Assert.IsFalse(string.IsNullOrEmpty((string?)server["version"]));
        Assert.IsEmpty((JsonArray)server["extensions"]!);
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("/versions/VERSION")]
    public async Task Metadata_Model_HasTheRequiredFields(string version)
    {
        var model = await GetAsync("v2/models/model" + version.Replace("VERSION", Version));

        Assert.AreEqual("model", (string?)model["name"]);
        Assert.AreEqual(Version, (string?)model["versions"]!.AsArray().Single());
        Assert.AreEqual("adaptiveinference_mlnet", (string?)model["platform"]);
        Assert.AreEqual("""[{"name":"image","datatype":"BYTES","shape":[-1]}]""", model["inputs"]!.ToJsonString());
        CollectionAssert.AreEqual(
            new[]
            {
                "label BYTES [-1]", "score FP32 [-1,10]", "compute_fraction FP32 [-1]", $"execution_path BOOL [-1,{Model.Blocks.Length}]",
                "compute_budget FP32 [-1]",
            },
            model["outputs"]!.AsArray()
                .Select(output => $"{output!["name"]} {output["datatype"]} {output["shape"]!.ToJsonString()}").ToArray());
        CollectionAssert.AreEqual(Model.Classes, JsonSerializer.Deserialize<string[]>((string)model["properties"]!["classes"]!)!);
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("/versions/VERSION")]
    public async Task Ready_Model_SaysItsName(string version)
    {
        var ready = await GetAsync($"v2/models/model{version.Replace("VERSION", Version)}/ready");

        Assert.AreEqual("model", (string?)ready["name"]);
        Assert.IsTrue((bool)ready["ready"]!);
    }

    [TestMethod]
    [DataRow("v2/models/other", "There is no model 'other'; there is 'model'.")]
    [DataRow("v2/models/other/ready", "There is no model 'other'; there is 'model'.")]
    [DataRow("v2/models/model/versions/9", "There is no version '9' of model 'model'; there is 'VERSION'.")]
    [DataRow("v2/models/model/versions/9/ready", "There is no version '9' of model 'model'; there is 'VERSION'.")]
    [DataRow("v2/nothing", "Not Found")]
    public async Task Get_WhatIsNotThere_IsAnError(string path, string error)
    {
        using var response = await Api.Client.GetAsync(path);

        Assert.AreEqual(HttpStatusCode.NotFound, response.StatusCode);
        Assert.AreEqual(error.Replace("VERSION", Version), await ErrorAsync(response));
    }

    [TestMethod]
    public async Task Infer_Files_AreWhatTheModelAnswers()
    {
        byte[][] images = [Images.Picture(1), Images.Picture(2, SKEncodedImageFormat.Jpeg, side: 50), Images.Picture(3)];

        var answer = await InferAsync(Request("BYTES", [3], Files(images), id: "42"));

        Assert.AreEqual("model", (string?)answer["model_name"]);
        Assert.AreEqual(Version, (string?)answer["model_version"]);
        Assert.AreEqual("42", (string?)answer["id"]);
        AssertIsAnswer(answer, images);
    }

    [TestMethod]
    [DataRow("FP32", true)]
    [DataRow("FP32", false)]
    [DataRow("UINT8", false)]
    public async Task Infer_Pixels_AreAnsweredAsTheFileThatTheyAreOf(string datatype, bool nested)
    {
        var image = Images.Picture(5);
        var pixels = Pixels(image);
        JsonNode data = nested
            ? new JsonArray(new JsonArray([.. pixels.Chunk(32 * 32).Select(channel => (JsonNode)new JsonArray(
                [.. channel.Chunk(32).Select(row => (JsonNode)Numbers(row))]))]))
            : Numbers(pixels);

        var answer = await InferAsync(Request(datatype, [1, 3, 32, 32], data));

        Assert.IsFalse(answer.ContainsKey("id"));
        AssertIsAnswer(answer, [image]);
    }

    [TestMethod]
    public async Task Infer_OutputsAskedFor_AreReturnedInTheirOrder()
    {
        var request = Request("BYTES", [1], Files([Images.Picture(1)]));
        request["outputs"] = new JsonArray(
            new JsonObject { ["name"] = "score", ["parameters"] = new JsonObject { ["classification"] = 2 } },
            new JsonObject { ["name"] = "label" });

        var answer = await InferAsync(request);

        CollectionAssert.AreEqual(
            new[] { "score", "label" }, answer["outputs"]!.AsArray().Select(output => (string)output!["name"]!).ToArray());
    }

    [TestMethod]
    public async Task Infer_UnknownFieldsAndParameters_AreIgnored()
    {
        var request = Request("BYTES", [1, 1], Files([Images.Picture(1)]));
        request["extra"] = new JsonObject { ["deep"] = new JsonArray(1, "two", true) };
        request["outputs"] = new JsonArray();
        request["parameters"] = new JsonObject { ["priority"] = 3, ["who"] = "me", ["compute_budget"] = 1, ["deadline_ms"] = 600000 };
        request["inputs"]![0]!["parameters"] = new JsonObject { ["content_type"] = "base64", ["other"] = false };

        using var response = await PostAsync(request.ToJsonString(), path: $"v2/models/model/versions/{Version}/infer");

        Assert.AreEqual(HttpStatusCode.OK, response.StatusCode, await response.Content.ReadAsStringAsync());
        Assert.IsTrue(response.Headers.Contains("X-Compute-Budget"));
    }

    [TestMethod]
    [DataRow("", "The body is no complete JSON: ")]
    [DataRow("[]", "The body must be a JSON object.")]
    [DataRow("{", "The body is no complete JSON: ")]
    [DataRow("{} {}", "The body is no complete JSON: ")]
    [DataRow("""{"id": 7}""", "The id must be a text.")]
    [DataRow("""{"inputs": {}}""", "'inputs' must be a JSON array.")]
    [DataRow("""{"inputs": [1]}""", "'inputs' must hold JSON objects.")]
    [DataRow("""{"inputs": []}""", "Give one input, 'image'; got 0.")]
    [DataRow("""{"inputs": [{"name":"image","shape":[1],"datatype":"BYTES"}]}""", "An input needs data, as a JSON array; binary")]
    [DataRow("""{"inputs": [{"name":"x","shape":[1],"datatype":"BYTES","data":["aaaa"]}]}""", "The input is called 'image', got 'x'.")]
    [DataRow("""{"inputs": [{"name":"image","datatype":"BYTES","data":["aaaa"]}]}""", "Input 'image' needs a shape: ")]
    [DataRow("""{"inputs": [{"name":"image","shape":[1.5],"datatype":"BYTES","data":["aaaa"]}]}""", "The shape must be an array of whole")]
    [DataRow("""{"inputs": [{"name":"image","shape":[0],"datatype":"BYTES","data":[]}]}""", "A request may have from 1 to 5 images; ")]
    [DataRow("""{"inputs": [{"name":"image","shape":[6],"datatype":"BYTES","data":[]}]}""", "A request may have from 1 to 5 images; ")]
    [DataRow("""{"inputs": [{"name":"image","shape":[2],"datatype":"BYTES","data":["aaaa"]}]}""",
        "Shape [2] asks for 2 values; the data has 1.")]
    [DataRow("""{"inputs": [{"name":"image","shape":[1],"datatype":"BYTES","data":["?"]}]}""", "A text in the data is not base64.")]
    [DataRow("""{"inputs": [{"name":"image","shape":[1],"datatype":"BYTES","data":[true]}]}""",
        "Data must be numbers, or texts in base64.")]
    [DataRow("""{"inputs": [{"name":"image","shape":[1],"datatype":"BYTES","data":[1]}]}""", "Data of type BYTES must be texts: ")]
    [DataRow("""{"inputs": [{"name":"image","shape":[1],"datatype":"BYTES","data":["aaaa"]}]}""", "Image 0: The 3 bytes are no image ")]
    [DataRow("""{"inputs": [{"name":"image","shape":[1],"datatype":"INT64","data":[1]}]}""", "Input 'image' must be of type BYTES (image")]
    [DataRow("""{"inputs": [{"name":"image","shape":[1,3,2,2],"datatype":"FP32","data":[1]}]}""",
        "Pixels must have the shape [-1, 3, 32, 32]")]
    [DataRow("""{"inputs": [{"name":"image","shape":[1,3,32,32],"datatype":"FP32","data":[1]}]}""", "Shape [1, 3, 32, 32] asks for 3072 ")]
    [DataRow("""{"inputs": [{"name":"image","shape":[1,3,32,32],"datatype":"FP32","data":[1e39]}]}""", "A value is too large for FP32.")]
    [DataRow("""{"inputs": [{"name":"image","shape":[1],"datatype":"BYTES","data":[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]}]}""",
        "The body is no")]
    [DataRow("""{"outputs": [{}]}""", "An output needs a name.")]
    [DataRow("""{"parameters": {"compute_budget": 7}, "inputs": [{"name":"image","shape":[1],"datatype":"BYTES","data":["aaaa"]}]}""",
        "compute_budget must be a number above 0 and at most 1, got 7.")]
    [DataRow("""{"parameters": {"compute_budget": "0.5"}, "inputs": [{"name":"image","shape":[1],"datatype":"BYTES","data":["aaaa"]}]}""",
        "Parameter 'compute_budget' must be a number.")]
    [DataRow("""{"parameters": {"deadline_ms": [1]}, "inputs": [{"name":"image","shape":[1],"datatype":"BYTES","data":["aaaa"]}]}""",
        "Parameter 'deadline_ms' must be a number.")]
    [DataRow("""{"outputs": [{"name":"x"}], "inputs": [{"name":"image","shape":[1],"datatype":"BYTES","data":["aaaa"]}]}""",
        "There is no output 'x'; there are label, score, compute_fraction, execution_path, compute_budget.")]
    public async Task Infer_BadRequest_IsAnError(string body, string error)
    {
        using var response = await PostAsync(body);

        Assert.AreEqual(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.StartsWith(error, await ErrorAsync(response));
    }

    [TestMethod]
    public async Task Infer_ByteThatIsNone_IsAnError()
    {
        var pixels = Pixels(Images.Picture(1));
        pixels[7] = 256;

        using var response = await PostAsync(Request("UINT8", [1, 3, 32, 32], Numbers(pixels)).ToJsonString());

        Assert.AreEqual("Data of type UINT8 must be whole numbers from 0 to 255.", await ErrorAsync(response));
    }

    [TestMethod]
    public async Task Infer_OneBrokenImage_NamesIt()
    {
        using var response = await PostAsync(
            Request("BYTES", [2], Files([Images.Picture(1), Images.FirstHalf(Images.Picture(2))])).ToJsonString());

        Assert.AreEqual(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.StartsWith("Image 1: The image cannot be classified: ", await ErrorAsync(response));
    }

    [TestMethod]
    public async Task Infer_TooLarge_IsAnError()
    {
        using var long1 = await PostAsync(new string(' ', MaxBatchBytes + 1));
        using var large = await PostAsync(Request("BYTES", [1], Files([Images.PngOfSize(3000, 3000)])).ToJsonString());

        Assert.AreEqual(HttpStatusCode.RequestEntityTooLarge, long1.StatusCode);
        Assert.AreEqual($"The body may have at most {MaxBatchBytes} bytes.", await ErrorAsync(long1));
        Assert.AreEqual(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
        Assert.StartsWith("Image 0: The image has 3000 × 3000", await ErrorAsync(large));
    }

    [TestMethod]
    public async Task Infer_AnotherModelOrVersion_IsAnErrorBeforeTheBodyIsRead()
    {
        using var model = await PostAsync("no JSON", path: "v2/models/other/infer");
        using var version = await PostAsync("no JSON", path: "v2/models/model/versions/9/infer");

        Assert.AreEqual(HttpStatusCode.NotFound, model.StatusCode);
        Assert.AreEqual("There is no model 'other'; there is 'model'.", await ErrorAsync(model));
        Assert.AreEqual($"There is no version '9' of model 'model'; there is '{Version}'.", await ErrorAsync(version));
    }

    [TestMethod]
    public async Task Ready_ServiceThatStops_IsNotReady()
    {
        await using var api = await ApiHost.StartAsync(Model);
        api.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

        foreach (var path in (string[])["v2/health/ready", "v2/models/model/ready"])
        {
            using var response = await api.Client.GetAsync(path);

            Assert.AreEqual(HttpStatusCode.ServiceUnavailable, response.StatusCode);
            Assert.IsFalse((bool)(await response.Content.ReadFromJsonAsync<JsonObject>())!["ready"]!);
        }
    }

    [TestMethod]
    public async Task Infer_NoRoom_IsAnErrorToComeBackAfter()
    {
        await using var api = await ApiHost.StartAsync(Model);
        var load = api.Services.GetRequiredService<Classifier>().Model.Load;
        for (var image = 0; image < 2000; image++)
        {
            load.End(0, TimeSpan.FromMinutes(1), 1);
        }

        var request = Request("BYTES", [1], Files([Images.Picture(1)]));
        request["parameters"] = new JsonObject { ["deadline_ms"] = 1000 };
        using var response = await api.Client.PostAsJsonAsync(Infer, request);

        Assert.AreEqual(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.StartsWith("No answer can be ready within 1000 ms now", await ErrorAsync(response));
        Assert.IsNotNull(response.Headers.RetryAfter);
    }

    [TestMethod]
    public async Task Infer_OtherTypeOrVerb_IsAnError()
    {
        using var binary = await PostAsync("{}", type: "application/octet-stream");
        using var get = await Api.Client.GetAsync(Infer);

        Assert.AreEqual(HttpStatusCode.UnsupportedMediaType, binary.StatusCode);
        Assert.AreEqual("Send the request as application/json; got Content-Type 'application/octet-stream'.", await ErrorAsync(binary));
        Assert.AreEqual(HttpStatusCode.MethodNotAllowed, get.StatusCode);
        Assert.AreEqual("Method Not Allowed", await ErrorAsync(get));
    }

    private static void AssertIsAnswer(JsonObject answer, byte[][] images)
    {
        var outputs = answer["outputs"]!.AsArray().ToDictionary(output => (string)output!["name"]!, output => output!);
        var score = Values<float>("score");
        for (var i = 0; i < images.Length; i++)
        {
            var prediction = new Prediction(
                Values<string>("label")[i],
                [
                    .. Model.Classes.Zip(score[(10 * i)..], (name, value) => new ClassScore(name, value))
                        .OrderByDescending(one => one.Probability),
                ],
                [.. Model.Blocks.Zip(Values<bool>("execution_path")[(Model.Blocks.Length * i)..], (name, ran) => new BlockStep(name, ran))],
                Values<float>("compute_fraction")[i], 0, 0);
            Assert.AreEqual(Model.Expected(images[i]), TestModel.Text(prediction));
        }

        Assert.AreEqual($"[{images.Length},10]", outputs["score"]["shape"]!.ToJsonString());
        Assert.AreEqual("FP32", (string?)outputs["score"]["datatype"]);
        Assert.AreEqual($"[{images.Length}]", outputs["label"]["shape"]!.ToJsonString());
        Assert.HasCount(images.Length, Values<float>("compute_budget"));

        T[] Values<T>(string name) => [.. outputs[name]["data"]!.AsArray().Select(value => value!.GetValue<T>())];
    }

    private static float[] Pixels(byte[] image)
    {
        using var bitmap = SKBitmap.Decode(image);
        var colours = bitmap.Pixels;
        return [.. colours.Select(c => (float)c.Red), .. colours.Select(c => (float)c.Green), .. colours.Select(c => (float)c.Blue)];
    }

    private static JsonArray Numbers(IEnumerable<float> values) => new([.. values.Select(value => (JsonNode)value)]);

    private static JsonArray Files(byte[][] images) => new([.. images.Select(image => (JsonNode)Convert.ToBase64String(image))]);

    private static JsonObject Request(string datatype, int[] shape, JsonNode data, string? id = null)
    {
        var request = new JsonObject
        {
            ["inputs"] = new JsonArray(new JsonObject
            {
                ["name"] = "image", ["shape"] = new JsonArray([.. shape.Select(size => (JsonNode)size)]), ["datatype"] = datatype,
                ["data"] = data,
            }),
        };
        if (id is not null)
        {
            request["id"] = id;
        }

        return request;
    }

    private static async Task<JsonObject> GetAsync(string path) => (await Api.Client.GetFromJsonAsync<JsonObject>(path))!;

    private static async Task<JsonObject> InferAsync(JsonObject request)
    {
        using var response = await PostAsync(request.ToJsonString());
        Assert.AreEqual(HttpStatusCode.OK, response.StatusCode, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    private static Task<HttpResponseMessage> PostAsync(string body, string type = "application/json", string path = Infer)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return Api.Client.PostAsync(path, content);
    }

    // The whole of an error is its one field.
    private static async Task<string> ErrorAsync(HttpResponseMessage response)
    {
        var error = (await response.Content.ReadFromJsonAsync<JsonObject>())!;
        return (string)error.Single(field => field.Key == "error").Value!;
    }
}
