using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;

namespace AdaptiveInference.ML.Benchmarks.Overload;

/// <summary>What became of one image.</summary>
/// <param name="At">Seconds from the beginning at which it was to be sent.</param>
/// <param name="Milliseconds">From then to its answer.</param>
/// <param name="Status">HTTP status; 0 when no answer came in time.</param>
/// <param name="Budget">What the service says it has spent on such images; NaN without an answer.</param>
/// <param name="IsRight">Whether the label is that of its folder.</param>
internal sealed record Answer(double At, double Milliseconds, int Status, double Budget, bool IsRight);

/// <summary>Sends images to the service: one after another by several clients, or at a rate whatever becomes of them.</summary>
internal sealed class LoadClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly HttpClient _client;
    private readonly (string Label, byte[] File)[] _images;
    private int _next;

    public LoadClient(Uri address, string folder)
    {
        _client = new HttpClient { BaseAddress = address, Timeout = Patience };
        _images =
        [
            .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .Select(file => (Path.GetFileName(Path.GetDirectoryName(file))!, File.ReadAllBytes(file))),
        ];
        if (_images.Length == 0)
        {
            throw new BenchmarkArgumentException($"There is no image below '{folder}'.");
        }

        new Random(1).Shuffle(_images);
    }

    /// <summary>Answers a second when a number of clients each send the next image after the answer.</summary>
    public async Task<double> CapacityAsync(int clients, double seconds)
    {
        var start = Stopwatch.GetTimestamp();
        var answered = 0;
        await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
            {
                if ((await SendAsync(0, Stopwatch.GetTimestamp())).Status == 200)
                {
                    Interlocked.Increment(ref answered);
                }
            }
        })));
        return answered / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>
    /// Sends images at even distances. Times count from when an image was to be sent, so that a client that is late itself hides nothing.
    /// </summary>
    public async Task<IReadOnlyList<Answer>> OpenAsync(double rate, double seconds)
    {
        var answers = new ConcurrentBag<Answer>();
        var sending = new List<Task>();
        var start = Stopwatch.GetTimestamp();
        for (var image = 0; image < rate * seconds; image++)
        {
            var at = image / rate;
            var wait = at - Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (wait > 0)
            {
                await Task.Delay(TimeSpan.FromSeconds(wait));
            }

            var due = start + (long)(at * Stopwatch.Frequency);
            sending.Add(Task.Run(async () => answers.Add(await SendAsync(at, due))));
        }

        await Task.WhenAll(sending);
        return [.. answers.OrderBy(answer => answer.At)];
    }

    public void Dispose() => _client.Dispose();

    private async Task<Answer> SendAsync(double at, long due)
    {
        var (label, file) = _images[(uint)Interlocked.Increment(ref _next) % _images.Length];
        using var content = new ByteArrayContent(file);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        try
        {
            using var response = await _client.PostAsync("predict", content);
            var text = await response.Content.ReadAsStringAsync();
            var milliseconds = Stopwatch.GetElapsedTime(due).TotalMilliseconds;
            if (!response.IsSuccessStatusCode)
            {
                return new Answer(at, milliseconds, (int)response.StatusCode, double.NaN, IsRight: false);
            }

            using var answer = JsonDocument.Parse(text);
            return new Answer(
                at, milliseconds, (int)response.StatusCode,
                double.Parse(response.Headers.GetValues("X-Compute-Budget").Single(), CultureInfo.InvariantCulture),
                answer.RootElement.GetProperty("label").GetString() == label);
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException)
        {
            return new Answer(at, Stopwatch.GetElapsedTime(due).TotalMilliseconds, 0, double.NaN, IsRight: false);
        }
    }
}
