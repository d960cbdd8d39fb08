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
                using var health = JsonDocument.Parse(await client.GetStringAsync("health"));
                foreach (var budget in health.RootElement.GetProperty("computeBudgets").EnumerateArray())
                {
                    // Budgets move by a hair with what was answered last.
                    var wish = FormattableString.Invariant($"predict?computeBudget={Math.Min(1, budget.GetDouble() + 1e-4)}");
                    using var response = await client.PostAsync(wish, Requests.Body(images[image]));
                    response.EnsureSuccessStatusCode();
                    answers[image].Add(Text((await response.Content.ReadFromJsonAsync<JsonElement>())!));
                }
            }
        }

        return new KnownAnswers(answers);
    }

    public bool Knows(int image, JsonElement answer) => _answers[image].Contains(Text(answer));

    // Without what depends on the load of the moment.
    private static string Text(JsonElement answer) => string.Create(
        CultureInfo.InvariantCulture,
        $"{answer.GetProperty("label")} {answer.GetProperty("scores")} {answer.GetProperty("computeFraction")}");
}
