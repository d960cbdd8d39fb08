using AdaptiveInference.ML.LibTorch;
using TorchSharp;

namespace AdaptiveInference.ML.Benchmarks.Evidence;

/// <summary>
/// Accuracy against compute, measured: trains and tests the rows of the results table. <see cref="EvidenceOptions.Help"/>
/// </summary>
internal static class EvidenceProgram
{
    public static void Run(string[] arguments)
    {
        var options = EvidenceOptions.Parse(arguments);
        var folder = new EvidenceFolder(options.Output);
        if (options.Render)
        {
            Render(folder, options.Set);
            return;
        }

        // Before anything asks TorchSharp for its version, a test alone too.
        LibTorchRuntime.Start();
        if (options.Threads is { } threads)
        {
            torch.set_num_threads(threads);
        }

        var data = options.Set.Read(options.Data, options.Output);
        var rows = new RowRunner(folder, data, options.Device, options.Labels);
        if (options.Time)
        {
            rows.Time(EvidenceRows.Order(options));
            return;
        }

        if (options.Retest)
        {
            foreach (var run in EvidenceRows.Order(options).Where(run => run.Row.Asked is not null || folder.HasModel(run)))
            {
                rows.Test(run);
            }

            return;
        }

        TrainAll(new RunQueue(folder, EvidenceRows.Order(options)), rows);
    }

    // The repository keeps results, table and plot side by side.
    private static void Render(EvidenceFolder folder, EvidenceSet set)
    {
        var results = folder.AllResults(set);
        ResultFile.Write(EvidenceFolder.CommittedResults(set), results);
        var groups = ResultGroup.Of(results);
        File.WriteAllText(
            EvidenceFolder.CommittedTable(set), EvidenceTable.Format(set, groups) + EvidenceGoals.Format(set, groups, results));
        EvidencePlot.Write(EvidenceFolder.CommittedPlot(set), set.Title, groups);
        Console.WriteLine($"Wrote {results.Count} results of {groups.Count} rows to {EvidenceFolder.Committed}.");
    }

    private static void TrainAll(RunQueue queue, RowRunner rows)
    {
        while (queue.Next() is { } claim)
        {
            using (claim)
            {
                rows.Train(claim.Run);
                rows.Test(claim.Run);
            }
        }
    }
}
