using AdaptiveInference.ML.LibTorch;
using TorchSharp;

namespace AdaptiveInference.ML.Benchmarks.Evidence;

/// <summary>Accuracy against compute, measured: trains and tests the rows of the results table. <see cref="EvidenceOptions.Help"/></summary>
internal static class EvidenceProgram
{
    public static void Run(string[] arguments)
    {
        var options = EvidenceOptions.Parse(arguments);
        var folder = new EvidenceFolder(options.Output, options.Epochs);
        if (options.Threads is { } threads)
        {
            LibTorchRuntime.Start();
            torch.set_num_threads(threads);
        }

        var data = IdxData.Read(options.Data);
        var rows = new RowRunner(folder, data);
        if (options.Retest)
        {
            foreach (var run in EvidenceRows.Order(options).Where(folder.HasModel))
            {
                rows.Test(run);
            }

            return;
        }

        TrainAll(new RunQueue(folder, EvidenceRows.Order(options)), rows);
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
