using System.Globalization;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Drift;

namespace AdaptiveInference.ML.Benchmarks.Drift;

/// <summary>
/// <c>drift [false-alarms | intervals | delays] [--streams 2000] [--rows 100000]</c>: the monitor's test on streams of random
/// disagreements, looked at after every checked row.
/// Random numbers have fixed seeds: the table comes out the same on any machine.
/// </summary>
internal static class DriftProgram
{
    // 1 over the error that is allowed, for a confidence of 95 %.
    private const double Alarm = 20;

    private static readonly double[] s_rates = [0.005, 0.01, 0.02];

    public static void Run(string[] args)
    {
        var arguments = new BenchmarkArguments(args, "streams", "rows");
        var (streams, rows) = (arguments.Number("streams", 2000), arguments.Number("rows", 100_000));
        (string Name, Action Run)[] parts =
        [
            ("false-alarms", () => FalseAlarms(streams, rows)), ("intervals", () => Intervals(streams / 4, rows)),
            ("delays", () => Delays(streams / 4, rows)),
        ];
        foreach (var (_, run) in arguments.Choose(parts, part => part.Name))
        {
            run();
        }
    }

    // Every row is checked here: of a stream with a share of one per cent these are the checked rows of one that is a hundred times as
    // long.
    private static void FalseAlarms(int streams, int rows)
    {
        var limit = 0.05 + (2 * Math.Sqrt(0.05 * 0.95 / streams));
        Console.WriteLine($"\n## False alarms\n\n{streams} streams of {rows:#,0} checked rows, looked at after every one; at most 5 % are "
            + $"promised, {limit:P1} with two standard errors.\n");
        Console.WriteLine("| allowed | rate of the stream | streams called broken | share |\n|---|---|---|---|");
        foreach (var allowed in s_rates)
        {
            Row("the allowed one", _ => allowed);
            Row("half of it", _ => allowed / 2);
            Row("changes within it", row => row / 1000 % 2 == 0 ? allowed : allowed / 4);

            void Row(string name, Func<int, double> rate)
            {
                var alarms = Enumerable.Range(0, streams).AsParallel().Count(stream => FirstAlarm(allowed, stream, rows, rate) > 0);
                Console.WriteLine(Line($"| {allowed:P1} | {name} | {alarms} | {(double)alarms / streams:P2} |"));
            }
        }
    }

    private static void Intervals(int streams, int rows)
    {
        Console.WriteLine($"\n## Intervals\n\n{streams} streams of {rows:#,0} checked rows, looked at after every one for the first 1,000 "
            + "and then every 100.\n");
        Console.WriteLine("| rate | streams whose interval ever missed it | share | wrongly said to hold, just above what is allowed |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var rate in s_rates)
        {
            var outcomes = Enumerable.Range(0, streams).AsParallel().Select(stream => Miss(rate, stream, rows)).ToArray();
            var (missed, held) = (outcomes.Count(outcome => outcome.Missed), outcomes.Count(outcome => outcome.Held));
            Console.WriteLine(
                Line($"| {rate:P1} | {missed} | {(double)missed / streams:P2} | {held} ({(double)held / streams:P2}) |"));
        }
    }

    private static void Delays(int streams, int rows)
    {
        Console.WriteLine($"\n## Rows until a drift is found\n\nAllowed: 1 %. Before the drift the rate is half of that. Median over "
            + $"{streams} streams (90 % of them). At the default share of 1 % a hundred rows are scored for each that is checked.\n");
        Console.WriteLine("| checked rows before | rate afterwards | checked rows until broken | bets from the first row alone |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var before in (int[])[0, 1000, 10_000])
        {
            foreach (var times in (int[])[2, 5, 20])
            {
                var delays = Enumerable.Range(0, streams).AsParallel().AsOrdered().Select(stream => FirstAlarm(
                    0.01, stream, before + rows, row => row < before ? 0.005 : 0.01 * times)).ToArray();
                var simple = Enumerable.Range(0, streams).AsParallel().AsOrdered().Select(stream => FirstSimpleAlarm(
                    0.01, stream, before + rows, row => row < before ? 0.005 : 0.01 * times)).ToArray();
                Console.WriteLine($"| {Count(before)} | {times} % | {Text(delays, before)} | {Text(simple, before)} |");
            }
        }
    }

    private static string Text(int[] alarms, int before)
    {
        var delays = alarms.Where(alarm => alarm == 0 || alarm > before).Select(alarm => alarm == 0 ? int.MaxValue : alarm - before)
            .Order().ToArray();
        return $"{At(0.5)} ({At(0.9)})";

        string At(double share) => delays[(int)((delays.Length - 1) * share)] is < int.MaxValue and var delay ? Count(delay) : "not found";
    }

    // 0 where there is none.
    private static int FirstAlarm(double allowed, int stream, int rows, Func<int, double> rate)
    {
        var (random, evidence) = (new Random(stream), new BreakEvidence(allowed));
        for (var row = 0; row < rows; row++)
        {
            evidence.Add(random.NextDouble() < rate(row));
            if (evidence.Total >= Alarm)
            {
                return row + 1;
            }
        }

        return 0;
    }

    private static int FirstSimpleAlarm(double allowed, int stream, int rows, Func<int, double> rate)
    {
        var (random, disagreements) = (new Random(stream), 0);
        for (var row = 0; row < rows; row++)
        {
            disagreements += random.NextDouble() < rate(row) ? 1 : 0;
            if (DisagreementRateBounds.LogWealth(row + 1, disagreements, allowed, 1) >= Math.Log(Alarm))
            {
                return row + 1;
            }
        }

        return 0;
    }

    private static (bool Missed, bool Held) Miss(double rate, int stream, int rows)
    {
        // The monitor allows a little less than the rate, so that "holds" is never right.
        var (random, monitor) = (new Random(stream), new DriftMonitor(new DriftMonitorOptions { AllowedRate = rate * 0.999 }));
        var (missed, held) = (false, false);
        for (var row = 1; row <= rows; row++)
        {
            monitor.Record(random.NextDouble() < rate);
            if (row <= 1000 || row % 100 == 0)
            {
                var report = monitor.Report;
                missed |= rate < report.LowerBound || rate > report.UpperBound;
                held |= report.Verdict == DriftVerdict.Holds;
            }
        }

        return (missed, held);
    }

    private static string Count(int rows) => rows.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
