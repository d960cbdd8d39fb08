using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace ModelBuilderStyle.WebApi;

/// <summary>Puts the service together.</summary>
public static class ApiServer
{
    private const string OneTurnEach = "turns";

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
        builder.Configuration.AddCommandLine(arguments, new Dictionary<string, string> { ["--model"] = $"{ApiSettings.Section}:{nameof(ApiSettings.Model)}" });
        var settings = builder.Configuration.GetSection(ApiSettings.Section).Get<ApiSettings>() ?? new ApiSettings();
        settings.Check();
        var classifier = Classifier.Load(settings);

        builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
        builder.WebHost.ConfigureKestrel(server => server.AddServerHeader = false);
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton(_ => classifier);
        builder.Services.AddProblemDetails();
        builder.Services.AddExceptionHandler<Problems>();
        builder.Services.AddOpenApi(ApiDescription.Describe);
        builder.Services.AddRateLimiter(limits => Limit(limits, settings));

        var app = builder.Build();
        app.UseExceptionHandler();
        app.UseStatusCodePages(Problems.WriteStatusAsync);
        app.Use(WithSafeHeaders);
        app.UseRateLimiter();
        Map(app, settings);
        app.Logger.LogInformation("{Model}", Describe(classifier.Health));
        return app;
    }

    private static void Limit(Microsoft.AspNetCore.RateLimiting.RateLimiterOptions limits, ApiSettings settings)
    {
        // The body of a waiting request stays in the network until its turn comes.
        limits.AddPolicy(OneTurnEach, _ => RateLimitPartition.GetConcurrencyLimiter(OneTurnEach, _ => new ConcurrencyLimiterOptions
        {
            PermitLimit = settings.MaxRequests,
            QueueLimit = settings.MaxWaiting,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        }));
        limits.OnRejected = Problems.WriteBusyAsync;
    }

    private static void Map(WebApplication app, ApiSettings settings)
    {
        app.MapOpenApi();
        PageFiles.Map(app);
        app.MapGet("/health", (Classifier classifier) => classifier.Health)
            .WithName("health").WithSummary("Says that the service runs, and which model.");
        app.MapPost("/predict", async (HttpRequest request, Classifier classifier)
                => TypedResults.Ok(await classifier.PredictAsync(await Uploads.ReadOneAsync(request, settings), request.HttpContext.RequestAborted)))
            .WithName("predict").WithSummary("Classifies one image.")
            .WithMetadata(new DisableRequestSizeLimitAttribute(), ApiDescription.OneImage).ProducesImageProblems()
            .RequireRateLimiting(OneTurnEach);
        app.MapPost("/predict/batch", (HttpRequest request, Classifier classifier) => PredictBatchAsync(request, classifier, settings))
            .WithName("predictBatch").WithSummary("Classifies several images: all of them, or none when one cannot be classified.")
            .WithMetadata(new DisableRequestSizeLimitAttribute(), ApiDescription.ManyImages).ProducesImageProblems()
            .RequireRateLimiting(OneTurnEach);
    }

    private static async Task<Ok<BatchPrediction>> PredictBatchAsync(HttpRequest request, Classifier classifier, ApiSettings settings)
    {
        var images = await Uploads.ReadManyAsync(request, settings);
        var start = TimeProvider.System.GetTimestamp();
        var answers = await classifier.PredictAsync(images, request.HttpContext.RequestAborted);
        return TypedResults.Ok(new BatchPrediction(answers, Math.Round(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds, 3)));
    }

    private static Task WithSafeHeaders(HttpContext context, RequestDelegate next)
    {
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return next(context);
    }

    private static string Describe(Health health) => string.Create(
        CultureInfo.InvariantCulture,
        $"{health.Model}: {health.Network} with {health.Blocks} blocks, {health.Classes.Count} classes, images {string.Join("×", health.Image)}");
}
