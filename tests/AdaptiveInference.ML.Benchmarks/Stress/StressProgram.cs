using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using AdaptiveInference.ML.Benchmarks.Overload;

namespace AdaptiveInference.ML.Benchmarks.Stress;

/// <summary>
/// Many clients at once at the web API: images, batches, what is no image, and clients that hang up, while the model's file is replaced
/// every second. Every answer has to be one that the service gave in peace.
/// </summary>
internal static class StressProgram
{
    private const double Broken = 0.10;
    private const double HangUps = 0.05;
    private const double Batches = 0.05;
    private const int BatchImages = 3;

    public static void Run(string[] args) => RunAsync(StressOptions.Parse(args)).GetAwaiter().GetResult();

    private static async Task RunAsync(StressOptions options)
    {
        var folder = Directory.CreateTempSubdirectory("stress");
        try
        {
            var model = Path.Combine(folder.FullName, "model.zip");
            File.Copy(options.Model, model);
            var log = new List<string>();
            using var service = await ServiceProcess.StartAsync(
                options.Service, options.Port,
                [
                    "--model", model, "--Api:ReloadSeconds", "1", "--Api:TargetMilliseconds", "200",
                    "--Logging:LogLevel:Default", "Warning",
                    .. options.Calibration is null ? (string[])[] : ["--Api:CalibrationImages", options.Calibration],
                ],
                log.Add);
            using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = options.Clients })
            {
                BaseAddress = service.Address, Timeout = TimeSpan.FromMinutes(5),
            };
            var images = Pictures(options);
            var known = await KnownAnswers.AskAsync(
                client, images, [() => Task.CompletedTask, () => ReplaceAsync(client, options.Other, model)]);
            Console.WriteLine($"{known.Count} answers to {images.Count} images, of both models at each of their steps.");
            await StressAsync(options, service, client, images, known, model, log);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static List<byte[]> Pictures(StressOptions options)
    {
        var files = Directory.EnumerateFiles(options.Images, "*.png", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToArray();
        new Random(options.Seed).Shuffle(files);
        return files.Length > 0
            ? [.. files.Take(options.Pictures).Select(File.ReadAllBytes)]
            : throw new BenchmarkArgumentException($"There is no PNG image below '{options.Images}'.");
    }

    private static async Task StressAsync(
        StressOptions options, ServiceProcess service, HttpClient client, List<byte[]> images, KnownAnswers known, string model,
        List<string> log)
    {
        var counts = new StressCounts();
        var (sent, reloads) = (0, 0);
        var memory = new List<string>();
        using var end = new CancellationTokenSource();
        var replacing = Task.Run(async () =>
        {
            while (!end.IsCancellationRequested)
            {
                Place(++reloads % 2 == 0 ? options.Other : options.Model, model);
                await Task.Delay(TimeSpan.FromSeconds(1));
            }
        });
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, options.Clients).Select(number => Task.Run(async () =>
        {
            var random = new Random((options.Seed * 7919) + number);
            while (Interlocked.Increment(ref sent) is var count && count <= options.Requests)
            {
                if (count % (options.Requests / 10) == 0)
                {
                    lock (memory)
                    {
                        memory.Add(FormattableString.Invariant($"| {count} | {service.Mebibytes():F0} |"));
                    }
                }

                await SendAsync(random, service, client, images, known, counts);
            }
        })));
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        await end.CancelAsync();
        await replacing;
        using var health = JsonDocument.Parse(await client.GetStringAsync("health"));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{options.Requests} requests of {options.Clients} clients in {seconds:F0} s; the file replaced {reloads} times; "
            + $"{counts.Faults.Count} faults; {log.Count} warnings and errors in the log; at the end "
            + $"{health.RootElement.GetProperty("status")}.\n"));
        Console.WriteLine("| Sent | Answered | Requests |\n|---|---|---|");
        Array.ForEach([.. counts.Rows()], Console.WriteLine);
        Console.WriteLine("\n| After requests | MiB of the service |\n|---|---|");
        memory.ForEach(Console.WriteLine);
        Array.ForEach([.. counts.Faults.Take(20), .. log.Take(20)], Console.WriteLine);
    }

    private static async Task SendAsync(
        Random random, ServiceProcess service, HttpClient client, List<byte[]> images, KnownAnswers known, StressCounts counts)
    {
        var image = random.Next(images.Count);
        var kind = random.NextDouble();
        try
        {
            if (kind < HangUps)
            {
                await HangUpAsync(random, service, client, images[image], counts);
            }
            else if (kind < HangUps + Broken)
            {
                using var request = Requests.Broken(random, images[image]);
                using var response = await client.SendAsync(request);
                var (status, text) = ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
                Count("broken", status, status is >= 400 and < 500, text);
            }
            else if (kind < HangUps + Broken + Batches)
            {
                int[] batch = [.. Enumerable.Range(0, BatchImages).Select(_ => random.Next(images.Count))];
                using var response = await client.PostAsync("predict/batch", Requests.Batch(batch.Select(one => images[one])));
                var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
                var isRight = response.IsSuccessStatusCode && answer.GetProperty("predictions").EnumerateArray().Zip(batch)
                    .All(one => known.Knows(one.Second, one.First.GetProperty("prediction")));
                Count("batch of 3", (int)response.StatusCode, isRight, answer.ToString());
            }
            else
            {
                using var response = await client.PostAsync("predict", Requests.Body(images[image]));
                var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
                Count("image", (int)response.StatusCode, response.IsSuccessStatusCode && known.Knows(image, answer), answer.ToString());
            }
        }
        catch (Exception error) when (error is HttpRequestException or IOException or JsonException or TaskCanceledException)
        {
            counts.Fault("any", error.GetType().Name, error.Message);
        }

        void Count(string what, int status, bool isRight, string text)
        {
            if (isRight)
            {
                counts.Add(what, FormattableString.Invariant($"{status}"));
            }
            else
            {
                counts.Fault(what, FormattableString.Invariant($"{status}, wrong"), $"{what}: {status} {text}");
            }
        }
    }

    private static async Task HangUpAsync(Random random, ServiceProcess service, HttpClient client, byte[] image, StressCounts counts)
    {
        if (random.Next(2) == 0)
        {
            await Requests.HangUpAsync(service.Address, random, image);
            counts.Add("half an image", "hung up");
            return;
        }

        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(random.Next(1, 30)));
        try
        {
            using var response = await client.PostAsync("predict", Requests.Body(image), patience.Token);
            counts.Add("image, impatient client", FormattableString.Invariant($"{(int)response.StatusCode}"));
        }
        catch (OperationCanceledException)
        {
            counts.Add("image, impatient client", "hung up");
        }
    }

    private static async Task ReplaceAsync(HttpClient client, string other, string model)
    {
        var before = await VersionAsync(client);
        Place(other, model);
        while (await VersionAsync(client) == before)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }
    }

    private static async Task<string?> VersionAsync(HttpClient client)
    {
        using var health = JsonDocument.Parse(await client.GetStringAsync("health"));
        return health.RootElement.GetProperty("version").GetString();
    }

    private static void Place(string file, string model)
    {
        var beside = model + ".new";
        File.Copy(file, beside, overwrite: true);
        File.SetLastWriteTimeUtc(beside, DateTime.UtcNow);
        File.Move(beside, model, overwrite: true);
    }
}
