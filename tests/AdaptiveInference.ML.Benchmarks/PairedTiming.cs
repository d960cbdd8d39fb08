using System.Diagnostics;

namespace AdaptiveInference.ML.Benchmarks;

/// <summary>
/// Times several ways of doing the same work in short alternating slices, so that whatever else the machine does at the moment hits all of
/// them alike. Ratios are taken within a round; the median over rounds is what is reported.
/// </summary>
internal static class PairedTiming
{
    /// <summary>Microseconds per call of each way: [way][round].</summary>
    public static double[][] Run(int rounds, int calls, params Action<int>[] ways)
    {
        var times = ways.Select(_ => new double[rounds]).ToArray();
        var order = Enumerable.Range(0, ways.Length).ToArray();
        var random = new Random(1);
        var call = 0;
        for (var round = -(rounds / 10) - 1; round < rounds; round++)
        {
            // In another order every round: whoever follows the largest finds its own data gone from the caches.
            random.Shuffle(order);
            foreach (var way in order)
            {
                var start = Stopwatch.GetTimestamp();
                for (var i = 0; i < calls; i++)
                {
                    ways[way](call++);
                }

                // Rounds below zero warm up.
                if (round >= 0)
                {
                    times[way][round] = Stopwatch.GetElapsedTime(start).TotalMicroseconds / calls;
                }
            }
        }

        return times;
    }

    /// <summary>The value that a fraction of the values lies below.</summary>
    public static double Quantile(IEnumerable<double> values, double fraction)
    {
        var sorted = values.Order().ToArray();
        return sorted[(int)((sorted.Length - 1) * fraction)];
    }
}
