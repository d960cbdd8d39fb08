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
        var call = 0;
        for (var round = -(rounds / 10) - 1; round < rounds; round++)
        {
            for (var way = 0; way < ways.Length; way++)
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
