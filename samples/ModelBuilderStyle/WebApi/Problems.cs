using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.RateLimiting;

namespace ModelBuilderStyle.WebApi;

/// <summary>
/// Writes every error as a problem document (RFC 9457), whatever the client accepts: an error in a form that was not asked for says more
/// than an empty answer. Nothing of an exception but a sentence meant for the client gets out.
/// </summary>
internal sealed class Problems : IExceptionHandler
{
    private const string RetryAfterSeconds = "1";

    /// <summary>Statuses that some middleware set without a body, such as 404, 405 and 415.</summary>
    public static Task WriteStatusAsync(StatusCodeContext status)
        => WriteAsync(status.HttpContext, status.HttpContext.Response.StatusCode, null);

    /// <summary>A request that found no place in the queue.</summary>
    public static async ValueTask WriteBusyAsync(OnRejectedContext rejected, CancellationToken cancellation)
    {
        rejected.HttpContext.Response.Headers.RetryAfter = RetryAfterSeconds;
        await WriteAsync(
            rejected.HttpContext, StatusCodes.Status503ServiceUnavailable, "Too many images are waiting for their turn. Try again in a second.");
    }

    /// <inheritdoc />
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        var (status, detail, files) = exception switch
        {
            RequestProblem problem => (problem.Status, problem.Message, problem.Files),
            BadHttpRequestException bad => (bad.StatusCode, bad.Message, null),
            _ => (StatusCodes.Status500InternalServerError, null, (IReadOnlyDictionary<string, string[]>?)null),
        };
        await WriteAsync(httpContext, status, detail, files);

        // What is the client's fault is done with; anything else is left to the middleware to log.
        return status < StatusCodes.Status500InternalServerError;
    }

    private static Task WriteAsync(HttpContext context, int status, string? detail, IReadOnlyDictionary<string, string[]>? files = null)
    {
        var more = files is null ? null : new Dictionary<string, object?> { ["files"] = files };
        return TypedResults.Problem(detail, statusCode: status, extensions: more).ExecuteAsync(context);
    }
}
