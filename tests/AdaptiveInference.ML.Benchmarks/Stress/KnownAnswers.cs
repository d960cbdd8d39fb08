using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace AdaptiveInference.ML.Benchmarks.Stress;

/// <summary>
/// What the service answered when nothing else ran: for each image one answer per model and step. Under stress an answer has to be one of
/// these, to the last digit.
/// </summary>
internal sealed class KnownAnswers
{
    private readonly HashSet<string>[] _answers;

    private KnownAnswers(HashSet<string>[] answers) => _answers = answers;

    /// <summary>Different answers of all images together.</summary>
    public int Count => _answers.Sum(answers => answers.Count);

    /// <summary>Asks the service, with one model after the other in place.</summary>
    public static async Task<KnownAnswers> AskAsync(HttpClient client, IReadOnlyList<byte[]> images, IEnumerable<Func<Task>> models)
    {
        var answers = images.Select(_ => new HashSet<string>(StringComparer.Ordinal)).ToArray();
        foreach (var place in models)
        {
            await place();
            for (var image = 0; image < images.Count; image++)
            {
                for (var step = 0; await BudgetAsync(client, step) is { } budget; step++)
                {
                    answers[image].Add(Text(await AnswerAsync(client, images[image], budget)));
                }
            }
        }

        return new KnownAnswers(answers);
    }

    // A little more than the step costs, because costs move with what was answered last; the next step costs 5 % more at least.
    private static async Task<double?> BudgetAsync(HttpClient client, int step)
    {
        using var health = JsonDocument.Parse(await client.GetStringAsync("health"));
        double[] budgets = [.. health.RootElement.GetProperty("computeBudgets").EnumerateArray().Select(one => one.GetDouble())];
        return step < budgets.Length ? Math.Min(1, 1.02 * budgets[step]) : null;
    }

    private static async Task<JsonElement> AnswerAsync(HttpClient client, byte[] image, double budget)
    {
        using var response = await client.PostAsync(FormattableString.Invariant($"predict?computeBudget={budget}"), Requests.Body(image));
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
        return response.IsSuccessStatusCode
            ? answer
            : throw new InvalidOperationException($"At a budget of {budget} the service answered {(int)response.StatusCode}: {answer}");
    }

    public bool Knows(int image, JsonElement answer) => _answers[image].Contains(Text(answer));

    // Without what depends on the load of the moment.
    private static string Text(JsonElement answer) => string.Create(
        CultureInfo.InvariantCulture,
        $"{answer.GetProperty("label")} {answer.GetProperty("scores")} {answer.GetProperty("computeFraction")}");
}
