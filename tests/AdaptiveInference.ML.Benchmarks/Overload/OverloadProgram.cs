using System.Globalization;

namespace AdaptiveInference.ML.Benchmarks.Overload;

/// <summary>
/// The web API with several times as many images as the whole network can classify, over the loopback interface: with the ladder, and
/// without it. The whole network is the first step in both.
/// </summary>
internal static class OverloadProgram
{
    private const double CapacitySeconds = 10;
    private const double LightLoad = 0.25;

    // Budgets of steps that are not measured move a little with the images.
    private const double NearlyFull = 0.97;

    public static void Run(string[] args) => RunAsync(OverloadOptions.Parse(args)).GetAwaiter().GetResult();

    private static async Task RunAsync(OverloadOptions options)
    {
        var capacity = 0.0;
        var rows = new List<string>();
        var levels = new List<string>();
        foreach (var ladder in (bool[])[false, true])
        {
            using var service = await ServiceProcess.StartAsync(
                options.Service, options.Port, options.OfService(ladder), Console.Error.WriteLine);
            using var client = new LoadClient(service.Address, options.Images);
            if (!ladder)
            {
                // The first second compiles.
                await client.CapacityAsync(Environment.ProcessorCount, 2);
                capacity = await client.CapacityAsync(Environment.ProcessorCount, CapacitySeconds);
                Console.WriteLine(
                    Text($"\nThe whole network: {capacity:F1} images a second with {Environment.ProcessorCount} clients in turn. ")
                    + Text($"Then {options.Factor:0.##} times as many for {options.Seconds:0} s, ")
                    + Text($"goal {options.TargetMilliseconds:0} ms.\n"));
            }
            else
            {
                await client.CapacityAsync(1, 2);
            }

            var answers = await client.OpenAsync(options.Factor * capacity, options.Seconds);
            var after = await client.OpenAsync(LightLoad * capacity, options.RecoverySeconds);
            rows.Add(Row(ladder ? "on" : "off", answers, after, (await service.BudgetsAsync())[0], options));
            if (ladder)
            {
                levels.AddRange(Levels(answers));
            }
        }

        Console.WriteLine(
            "| Ladder | sent/s | answered/s | within twice the goal/s | 5xx | no answer in 10 s | median ms | 95 % ms | right "
            + "| full quality again after s |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        rows.ForEach(Console.WriteLine);
        Console.WriteLine("\n| compute budget | images | right |\n|---|---|---|");
        levels.ForEach(Console.WriteLine);
    }

    private static string Row(string name, IReadOnlyList<Answer> answers, IReadOnlyList<Answer> after, double full, OverloadOptions options)
    {
        var good = answers.Where(answer => answer.Status == 200).ToArray();
        var times = answers.Select(answer => answer.Status == 200 ? answer.Milliseconds : double.PositiveInfinity).ToArray();
        return Text($"| {name} | {answers.Count / options.Seconds:F1} | {good.Length / options.Seconds:F1} | ")
            + Text($"{good.Count(answer => answer.Milliseconds <= 2 * options.TargetMilliseconds) / options.Seconds:F1} | ")
            + Text($"{answers.Count(answer => answer.Status >= 500)} | {answers.Count(answer => answer.Status == 0)} | ")
            + Text($"{PairedTiming.Quantile(times, 0.5):F0} | {PairedTiming.Quantile(times, 0.95):F0} | ")
            + Text($"{(good.Length == 0 ? 0 : good.Average(answer => answer.IsRight ? 1.0 : 0)):P1} | {Recovery(after, full)} |");
    }

    // From when on every answer is one of the most accurate again.
    private static string Recovery(IReadOnlyList<Answer> after, double full)
    {
        var last = after.LastOrDefault(answer => answer.Status != 200 || answer.Budget < NearlyFull * full);
        return last is null ? "0.0" : last == after[^1] ? "not" : Text($"{last.At:F1}");
    }

    private static IEnumerable<string> Levels(IReadOnlyList<Answer> answers) => answers
        .Where(answer => answer.Status == 200)
        .GroupBy(answer => Math.Round(answer.Budget, 2))
        .OrderByDescending(level => level.Key)
        .Select(level => Text($"| {level.Key:0.##} | {level.Count()} | {level.Average(answer => answer.IsRight ? 1.0 : 0):P1} |"));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
