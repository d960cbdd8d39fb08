namespace ModelBuilderStyle.WebApi;

/// <summary>What is wrong with a request, in a sentence for the one who sent it. Ends as a problem document.</summary>
/// <param name="status">HTTP status: 4xx, or 503.</param>
/// <param name="detail">What is wrong, and what is right.</param>
public sealed class RequestProblem(int status, string detail) : Exception(detail)
{
    /// <summary>HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>What is wrong with each file of a batch, by name; null for a request without several files.</summary>
    public IReadOnlyDictionary<string, string[]>? Files { get; init; }

    /// <summary>For metrics: what there is no room in; null for another problem.</summary>
    internal string? BusyWith { get; private init; }

    /// <summary>The request is none that can be answered.</summary>
    internal static RequestProblem Bad(string detail) => new(StatusCodes.Status400BadRequest, detail);

    /// <summary>The service has no room for the request now.</summary>
    /// <param name="busyWith"><c>queue</c>, <c>memory</c> or <c>deadline</c>.</param>
    /// <param name="detail">What is wrong.</param>
    internal static RequestProblem Busy(string busyWith, string detail)
        => new(StatusCodes.Status503ServiceUnavailable, detail) { BusyWith = busyWith };
}
