using Microsoft.AspNetCore.Diagnostics;

namespace ModelBuilderStyle.WebApi;

/// <summary>
/// Writes every error as a problem document (RFC 9457), whatever the client accepts: an error in a form that was not asked for says more
/// than an empty answer. Nothing of an exception but a sentence meant for the client gets out.
/// </summary>
internal sealed partial class Problems(ILogger<Problems> log, ServiceMetrics metrics) : IExceptionHandler
{
    private const string RetryAfterSeconds = "1";

    /// <summary>Statuses that some middleware set without a body, such as 404, 405 and 415.</summary>
    public static Task WriteStatusAsync(StatusCodeContext status)
        => WriteAsync(status.HttpContext, status.HttpContext.Response.StatusCode, null);

    /// <inheritdoc />
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        var (status, detail, files) = exception switch
        {
            RequestProblem problem => (problem.Status, problem.Message, problem.Files),
            BadHttpRequestException bad => (bad.StatusCode, bad.Message, null),
            _ => (StatusCodes.Status500InternalServerError, null, (IReadOnlyDictionary<string, string[]>?)null),
        };
        if (status == StatusCodes.Status503ServiceUnavailable)
        {
            httpContext.Response.Headers.RetryAfter = RetryAfterSeconds;
            metrics.Refused((exception as RequestProblem)?.BusyWith ?? "server");
        }

        try
        {
            await WriteAsync(httpContext, status, detail, files);
        }
        catch (Exception left) when (ClientsGone.IsOne(httpContext, left))
        {
            ClientsGone.Note(httpContext);
        }

        // The middleware would write an answer of its own after this one.
        if (exception is not (RequestProblem or BadHttpRequestException))
        {
            Failed(log, exception, httpContext.Request.Method, httpContext.Request.Path);
        }

        return true;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed.")]
    private static partial void Failed(ILogger log, Exception exception, string method, string path);

    private static Task WriteAsync(HttpContext context, int status, string? detail, IReadOnlyDictionary<string, string[]>? files = null)
    {
        if (Protocol.OpenInferenceEndpoints.IsOf(context.Request))
        {
            return Protocol.OpenInferenceEndpoints.WriteErrorAsync(context, status, detail);
        }

        var more = files is null ? null : new Dictionary<string, object?> { ["files"] = files };
        return TypedResults.Problem(detail, statusCode: status, extensions: more).ExecuteAsync(context);
    }
}
