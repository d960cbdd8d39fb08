using System.Diagnostics;
using System.Globalization;
using static ModelBuilderStyle.WebApi.RequestProblem;

namespace ModelBuilderStyle.WebApi;

/// <summary>How much work, or how much time, a request wants to be spent on each of its images.</summary>
/// <param name="Budget">The most work: a mean compute fraction. Null leaves it to the service.</param>
/// <param name="Deadline">The time within which the answer must be ready, from the request's first byte on; null has none.</param>
internal sealed record ComputeWish(double? Budget, TimeSpan? Deadline)
{
    /// <summary>Name of the header that says what was used.</summary>
    public const string Header = "X-Compute-Budget";

    /// <summary>Names of the two parameters, in the query string.</summary>
    public const string BudgetName = "computeBudget", DeadlineName = "deadlineMs";

    private const double LongestMilliseconds = 600_000;

    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>What is left of the time; null without a deadline.</summary>
    public TimeSpan? Left => Deadline - Stopwatch.GetElapsedTime(_start);

    /// <summary>Says in the header what was used; of several images the least.</summary>
    public static void Tell(HttpResponse response, double budget)
        => response.Headers[Header] = budget.ToString(CultureInfo.InvariantCulture);

    /// <summary>Reads the query string, before the body.</summary>
    /// <exception cref="RequestProblem">A value is no number or out of range.</exception>
    public static ComputeWish Of(HttpRequest request)
        => Of(Number(request.Query, BudgetName), Number(request.Query, DeadlineName), BudgetName, DeadlineName);

    /// <summary>Checks numbers that came in any way.</summary>
    /// <exception cref="RequestProblem">One is out of range.</exception>
    public static ComputeWish Of(double? budget, double? milliseconds, string budgetName, string deadlineName)
    {
        if (budget is not (null or (> 0 and <= 1)))
        {
            throw Bad(string.Create(CultureInfo.InvariantCulture, $"{budgetName} must be a number above 0 and at most 1, got {budget}."));
        }

        if (milliseconds is not (null or (>= 1 and <= LongestMilliseconds)))
        {
            throw Bad(string.Create(
                CultureInfo.InvariantCulture,
                $"{deadlineName} must be a number of milliseconds from 1 to {LongestMilliseconds}, got {milliseconds}."));
        }

        return new ComputeWish(budget, milliseconds is { } time ? TimeSpan.FromMilliseconds(time) : null);
    }

    private static double? Number(IQueryCollection query, string name)
    {
        if (!query.TryGetValue(name, out var values))
        {
            return null;
        }

        return values.Count == 1 && double.TryParse(values[0], NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Bad($"{name} must be one number, got '{values}'.");
    }
}
