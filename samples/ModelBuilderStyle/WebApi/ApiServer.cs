using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Server.Kestrel.Core;

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
        var settings = builder.Configuration.GetSection(ApiSettings.Section).Get<ApiSettings>() ?? new ApiSettings();
        settings.Check();
        var classifier = Classifier.Load(settings);

        builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
        builder.WebHost.ConfigureKestrel(server =>
        {
            server.AddServerHeader = false;
            Limit(server.Limits, settings);
        });
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton(new HeldBytes(settings.MaxHeldBytes));
        builder.Services.AddSingleton(_ => classifier);
        builder.Services.AddProblemDetails();
        builder.Services.AddExceptionHandler<Problems>();
        builder.Services.AddOpenApi(ApiDescription.Describe);

        var app = builder.Build();
        app.UseExceptionHandler();
        app.Use(Departures.WatchAsync);
        app.UseStatusCodePages(Problems.WriteStatusAsync);
        app.Use(WithSafeHeaders);
        Map(app, settings);
        app.Logger.LogInformation("{Model}", Describe(classifier.Health));
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
        PageFiles.Map(app);
        app.MapGet("/health", (Classifier classifier) => classifier.Health)
            .WithName("health").WithSummary("Says that the service runs, and which model.");
        app.MapPost("/predict", (HttpRequest request, Classifier classifier, HeldBytes held)
                => PredictAsync(request, classifier, held, settings))
            .WithName("predict").WithSummary("Classifies one image.")
            .WithMetadata(new DisableRequestSizeLimitAttribute(), ApiDescription.OneImage).ProducesImageProblems();
        app.MapPost("/predict/batch", (HttpRequest request, Classifier classifier, HeldBytes held)
                => PredictBatchAsync(request, classifier, held, settings))
            .WithName("predictBatch").WithSummary("Classifies several images: all of them, or none when one cannot be classified.")
            .WithMetadata(new DisableRequestSizeLimitAttribute(), ApiDescription.ManyImages).ProducesImageProblems();
    }

    // The engine is waited for after the body: a client that sends slowly keeps none. The images are released before the answer is written.
    private static async Task<Ok<Prediction>> PredictAsync(HttpRequest request, Classifier classifier, HeldBytes held, ApiSettings settings)
    {
        using var bytes = held.Open(request.HttpContext.RequestAborted);
        return TypedResults.Ok(await bytes.RunAsync(
            async () => await classifier.PredictAsync(await Uploads.ReadOneAsync(request, settings, bytes), bytes.Stopped)));
    }

    private static async Task<Ok<BatchPrediction>> PredictBatchAsync(
        HttpRequest request, Classifier classifier, HeldBytes held, ApiSettings settings)
    {
        using var bytes = held.Open(request.HttpContext.RequestAborted);
        return TypedResults.Ok(await bytes.RunAsync(async () =>
        {
            var images = await Uploads.ReadManyAsync(request, settings, bytes);
            var start = TimeProvider.System.GetTimestamp();
            var answers = await classifier.PredictAsync(images, bytes.Stopped);
            return new BatchPrediction(answers, Math.Round(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds, 3));
        }));
    }

    private static Task WithSafeHeaders(HttpContext context, RequestDelegate next)
    {
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return next(context);
    }

    private static string Describe(Health health) => string.Create(
        CultureInfo.InvariantCulture,
        $"{health.Model}: {health.Network} with {health.Blocks} blocks, {health.Classes.Count} classes, "
            + $"images {string.Join("×", health.Image)}");
}
