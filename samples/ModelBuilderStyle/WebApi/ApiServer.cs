using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using ModelBuilderStyle.WebApi.Protocol;

namespace ModelBuilderStyle.WebApi;

/// <summary>Puts the service together.</summary>
public static class ApiServer
{
    // Holds the longest request line and headers that the server takes.
    private const int RequestBufferBytes = 64 * 1024;

    /// <summary>Loads the model and makes the service, ready to run.</summary>
    /// <param name="arguments">Command line: <c>--model PATH</c>, <c>--urls URL</c>, <c>--Api:NAME VALUE</c>.</param>
    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    /// <exception cref="InvalidOperationException">A setting is no number.</exception>
    /// <exception cref="ModelFileException">There is no usable model.</exception>
    public static WebApplication Create(string[] arguments)
    {
        // Settings stand next to the program, wherever it is started from.
        var builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { Args = arguments, ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddCommandLine(
            arguments, new Dictionary<string, string> { ["--model"] = $"{ApiSettings.Section}:{nameof(ApiSettings.Model)}" });
        var settings = SettingsSection.Read<ApiSettings>(builder.Configuration, ApiSettings.Section);
        settings.Check();
        var stamp = new ModelReloader.LoadedStamp(FileStamp.Of(settings.Model));
        var model = ServedModel.Read(settings);

        builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
        builder.WebHost.ConfigureKestrel(server =>
        {
            server.AddServerHeader = false;
            Limit(server.Limits, settings);
        });
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton(new UploadMemoryLimit(settings.MaxHeldBytes));
        builder.Services.AddSingleton(stamp);
        builder.Services.AddSingleton(_ => new Classifier(model, settings));
        builder.Services.AddSingleton<ModelReloader>();
        builder.Services.AddHostedService(services => services.GetRequiredService<ModelReloader>());
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(settings.StopSeconds));
        builder.Services.AddSingleton<ServiceMetrics>();
        Telemetry.Add(builder);
        builder.Services.AddProblemDetails();
        builder.Services.AddExceptionHandler<Problems>();
        builder.Services.AddOpenApi(ApiDescription.Describe);

        var app = builder.Build();

        // Its gauges are there from the beginning, not from the first refusal.
        _ = app.Services.GetRequiredService<ServiceMetrics>();
        app.UseExceptionHandler();
        app.Use(ClientsGone.WatchAsync);
        app.UseStatusCodePages(Problems.WriteStatusAsync);
        app.Use(WithSafeHeaders);
        Map(app, settings);
        app.Logger.LogInformation("{Model}", model);
        return app;
    }

    private static void Limit(KestrelServerLimits limits, ApiSettings settings)
    {
        // Bodies are read as they come, so that nothing piles up in the server's buffers; nor must what is refused unread.
        limits.MaxRequestBufferSize = RequestBufferBytes;
        limits.MaxConcurrentConnections = settings.MaxConnections;

        // A slow body holds a connection and the bytes that have come, and both are counted; how long it may take is MaxReadSeconds.
        limits.MinRequestBodyDataRate = null;
    }

    private static void Map(WebApplication app, ApiSettings settings)
    {
        app.MapOpenApi();
        app.MapPrometheusScrapingEndpoint();
        PageFiles.Map(app);
        OpenInferenceEndpoints.Map(app, settings);
        app.MapGet("/health", (Classifier classifier, ModelReloader reloader) => HealthOf(classifier.Model, reloader.Problem))
            .WithName("health").WithSummary("Says that the service runs, and which model.");
        app.MapPost("/predict", (HttpRequest request, Classifier classifier, UploadMemoryLimit held)
                => PredictAsync(request, classifier, held, settings))
            .WithName("predict").WithSummary("Classifies one image.")
            .WithMetadata(new DisableRequestSizeLimitAttribute(), ApiDescription.OneImage).ProducesImageProblems();
        app.MapPost("/predict/batch", (HttpRequest request, Classifier classifier, UploadMemoryLimit held)
                => PredictBatchAsync(request, classifier, held, settings))
            .WithName("predictBatch").WithSummary("Classifies several images: all of them, or none when one cannot be classified.")
            .WithMetadata(new DisableRequestSizeLimitAttribute(), ApiDescription.ManyImages).ProducesImageProblems();
    }

    // The engine is waited for after the body: a client that sends slowly keeps none. The images are released before the answer is written.
    private static async Task<Ok<Prediction>> PredictAsync(
        HttpRequest request, Classifier classifier, UploadMemoryLimit held, ApiSettings settings)
    {
        var wish = ComputeWish.Of(request);
        using var bytes = held.Open(request.HttpContext.RequestAborted);
        var answer = await bytes.RunAsync(async () =>
        {
            var image = await Uploads.ReadOneAsync(request, settings, bytes);
            using var lease = classifier.Begin();
            return await classifier.PredictAsync(lease, image, wish, bytes.Stopped);
        });
        ComputeWish.Tell(request.HttpContext.Response, answer.ComputeBudget);
        return TypedResults.Ok(answer);
    }

    private static async Task<Ok<BatchPrediction>> PredictBatchAsync(
        HttpRequest request, Classifier classifier, UploadMemoryLimit held, ApiSettings settings)
    {
        var wish = ComputeWish.Of(request);
        using var bytes = held.Open(request.HttpContext.RequestAborted);
        var answer = await bytes.RunAsync(async () =>
        {
            var images = await Uploads.ReadManyAsync(request, settings, bytes);
            using var lease = classifier.Begin();
            var start = TimeProvider.System.GetTimestamp();
            var answers = await classifier.PredictAsync(lease, images, wish, bytes.Stopped);
            return new BatchPrediction(answers, Math.Round(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds, 3));
        });
        ComputeWish.Tell(request.HttpContext.Response, answer.Predictions.Min(one => one.Prediction.ComputeBudget));
        return TypedResults.Ok(answer);
    }

    private static Task WithSafeHeaders(HttpContext context, RequestDelegate next)
    {
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return next(context);
    }

    private static Health HealthOf(ServedModel model, string? problem) => new(
        problem is null ? "Healthy" : "Degraded",
        Path.GetFileName(model.File.Path),
        model.Family,
        model.Shape,
        model.Blocks.Count,
        model.File.Network.FullMacs,
        model.Classes,
        model.File.Version,
        model.Loaded,
        [.. Enumerable.Range(0, model.Steps.Count).Select(model.BudgetOf)],
        model.BudgetOf(model.Load.Step),
        problem);
}
