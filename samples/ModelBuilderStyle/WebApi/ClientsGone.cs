using Microsoft.AspNetCore.Connections;

namespace ModelBuilderStyle.WebApi;

/// <summary>
/// What is left of a request whose client went away: one line for the log at the level Debug. Nobody is there to read an answer, and it
/// is no fault of the service.
/// </summary>
internal static partial class ClientsGone
{
    /// <summary>Ends the requests of clients that are gone.</summary>
    public static async Task WatchAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (Exception exception) when (IsOne(context, exception))
        {
            Note(context);
        }
    }

    /// <summary>Whether the exception comes of the client's going away.</summary>
    public static bool IsOne(HttpContext context, Exception exception)
        => exception is ConnectionResetException or ConnectionAbortedException
            || (context.RequestAborted.IsCancellationRequested
                && exception is OperationCanceledException or IOException or RequestProblem);

    /// <summary>Writes the line, and sees to it that no answer is tried.</summary>
    public static void Note(HttpContext context)
    {
        ClientLeft(
            context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ClientsGone).FullName!),
            context.Request.Method, context.Request.Path);
        if (!context.Response.HasStarted)
        {
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        }

        context.Abort();
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The client left before {Method} {Path} was answered.")]
    private static partial void ClientLeft(ILogger logger, string method, string path);
}
