using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;

namespace ModelBuilderStyle.WebApi.Protocol;

/// <summary>
/// The endpoints of the Open Inference Protocol, version 2, over HTTP
/// (<c>kserve/open-inference-protocol</c>, <c>specification/protocol/inference_rest.md</c>): what KServe, Triton, Seldon and OpenVINO Model
/// Server speak.
/// </summary>
internal static class OpenInferenceEndpoints
{
    private const string Root = "/v2";

    /// <summary>Whether a request is meant for the protocol, whose errors have a form of their own.</summary>
    public static bool IsOf(HttpRequest request) => request.Path.StartsWithSegments(Root);

    /// <summary>
    /// Adds the endpoints. They have an OpenAPI document of their own, the protocol's, and are left out of the service's.
    /// </summary>
    public static void Map(WebApplication app, ApiSettings settings)
    {
        var routes = app.MapGroup(Root);
        routes.ExcludeFromDescription();
        routes.MapGet("/", () => new ServerMetadata(ServiceMetrics.MeterName, Version(), []));
        routes.MapGet("/health/live", () => new Liveness(true));
        routes.MapGet("/health/ready", (IHostApplicationLifetime life) => Ready(life, new Readiness(true, !IsStopping(life))));
        foreach (var model in (string[])["/models/{name}", "/models/{name}/versions/{version}"])
        {
            routes.MapGet(
                model,
                (string name, string? version, Classifier classifier) => ModelMetadata.Of(Find(classifier.Model, name, version)));
            routes.MapGet(
                $"{model}/ready",
                (string name, string? version, Classifier classifier, IHostApplicationLifetime life)
                    => Ready(life, new ModelReadiness(Find(classifier.Model, name, version).Name, !IsStopping(life))));
            routes.MapPost(
                $"{model}/infer",
                (string name, string? version, HttpRequest request, Classifier classifier, UploadMemoryLimit held)
                    => InferAsync(name, version, request, classifier, held, settings))
                .WithMetadata(new DisableRequestSizeLimitAttribute());
        }
    }

    /// <summary>Writes an error in the protocol's form.</summary>
    public static Task WriteErrorAsync(HttpContext context, int status, string? detail)
    {
        // The protocol knows no other word for what is wrong with a request's content.
        context.Response.StatusCode = status == StatusCodes.Status422UnprocessableEntity ? StatusCodes.Status400BadRequest : status;
        return context.Response.WriteAsJsonAsync(new ErrorResponse(detail ?? ReasonPhrases.GetReasonPhrase(status)));
    }

    private static async Task<IResult> InferAsync(
        string name, string? version, HttpRequest request, Classifier classifier, UploadMemoryLimit held, ApiSettings settings)
    {
        // Before the body: what is asked of a model that is not there need not come in.
        Find(classifier.Model, name, version);
        CheckType(request);
        using var bytes = held.Open(request.HttpContext.RequestAborted);
        var answer = await bytes.RunAsync(async () =>
        {
            var body = await Uploads.ReadBodyAsync(request, settings, settings.MaxBatchBytes, bytes);
            using var lease = classifier.Begin();
            Find(lease.Model, name, version);
            var images = InferRequest.Read(body, lease.Model, settings);
            return await InferScoring.RunAsync(images, lease.Model, classifier, settings, bytes.Stopped);
        });
        ComputeWish.Tell(request.HttpContext.Response, answer.Budget);
        return Results.Json(answer.Response);
    }

    // Tensors as JSON alone: others' extension for binary ones comes under another type.
    private static void CheckType(HttpRequest request)
    {
        if (request.ContentType is { Length: > 0 } type && !request.HasJsonContentType())
        {
            throw new RequestProblem(
                StatusCodes.Status415UnsupportedMediaType, $"Send the request as application/json; got Content-Type '{type}'.");
        }
    }

    private static ServedModel Find(ServedModel model, string name, string? version)
        => name != model.Name
            ? throw new RequestProblem(StatusCodes.Status404NotFound, $"There is no model '{name}'; there is '{model.Name}'.")
            : version is not null && version != model.File.Version
                ? throw new RequestProblem(
                    StatusCodes.Status404NotFound,
                    $"There is no version '{version}' of model '{name}'; there is '{model.File.Version}'.")
                : model;

    private static IResult Ready<T>(IHostApplicationLifetime life, T answer) => Results.Json(
        answer, statusCode: IsStopping(life) ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK);

    private static bool IsStopping(IHostApplicationLifetime life) => life.ApplicationStopping.IsCancellationRequested;

    private static string Version() => typeof(OpenInferenceEndpoints).Assembly.GetName().Version?.ToString(3) ?? "0";
}
