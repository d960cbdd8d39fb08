using System.Net.Http.Headers;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;

namespace ModelBuilderStyle.WebApi.Tests;

/// <summary>The service on a free port of this machine, and a client for it.</summary>
internal sealed class ApiHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ApiHost(WebApplication app)
    {
        _app = app;
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public HttpClient Client { get; }

    public int Port => Client.BaseAddress!.Port;

    public IServiceProvider Services => _app.Services;

    public Task StopAsync() => _app.StopAsync();

    public static async Task<ApiHost> StartAsync(TestModel model, params string[] arguments)
    {
        var app = ApiServer.Create(
            ["--model", model.File, "--urls", "http://127.0.0.1:0", "--Logging:LogLevel:Default", "Warning", .. arguments]);
        await app.StartAsync();
        return new ApiHost(app);
    }

    public static HttpContent Body(byte[] bytes, string? type = "image/png")
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
        return content;
    }

    public static MultipartFormDataContent Form(params (string Name, byte[] Bytes)[] files)
    {
        var form = new MultipartFormDataContent { { new StringContent("a plain field"), "note" } };
        foreach (var (name, bytes) in files)
        {
            form.Add(Body(bytes), "image", name);
        }

        return form;
    }

    public async Task<Prediction> PredictAsync(HttpContent content)
    {
        using var response = await Client.PostAsync("predict", content);
        Assert.AreEqual(System.Net.HttpStatusCode.OK, response.StatusCode, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync<Prediction>())!;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
