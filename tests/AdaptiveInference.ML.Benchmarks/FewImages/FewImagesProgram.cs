using AdaptiveInference.ML.LibTorch;

namespace AdaptiveInference.ML.Benchmarks.FewImages;

/// <summary>
/// Accuracy, compute and time of ways to classify one's own few hundred images. <see cref="FewImagesOptions.Help"/>
/// </summary>
internal static class FewImagesProgram
{
    public static void Run(string[] arguments)
    {
        var options = FewImagesOptions.Parse(arguments);
        var (folder, data) = (new FewImagesFolder(options.Output), PhotoFolder.Read(options.Data));
        switch (options.Task)
        {
            case FewImagesTask.Time:
                FileToLabelTiming.Run(folder, data);
                break;
            case FewImagesTask.TimeFit:
                PhotoFitting.Run(folder, data);
                break;
            case FewImagesTask.Publish:
                Deployment.Run(folder, data);
                break;
            case FewImagesTask.Render:
                folder.Commit();
                File.WriteAllText(Path.Combine(FewImagesFolder.Committed, "RESULTS.md"), FewImagesTable.Format(folder, data));
                break;
            default:
                TrainAll(folder, data, options);
                break;
        }
    }

    private static void TrainAll(FewImagesFolder folder, PhotoFolder data, FewImagesOptions options)
    {
        // Before anything asks TorchSharp for its version.
        LibTorchRuntime.Start();
        foreach (var run in Runs(options))
        {
            bool IsDone() => folder.Results().Any(result => (result.Row, result.Size, result.Seed) == (run.Row.Name, run.Size, run.Seed));
            if (IsDone())
            {
                continue;
            }

            // Several processes may share a folder: a run belongs to whoever holds its lock file open.
            using var claim = TryLock(folder.Lock(run));
            if (claim is not null && !IsDone())
            {
                FewImagesRunner.Run(folder, data, run, options);
            }
        }
    }

    /// <summary>What was asked for. Other sizes than all are for the main rows, other seeds than the first for what is random.</summary>
    private static IEnumerable<FewImagesRun> Runs(FewImagesOptions options)
        => from size in options.Sizes
           from seed in options.Seeds
           from row in FewImagesRows.All
           where options.Rows.Any(part => row.Name.Contains(part, StringComparison.Ordinal))
           where size == LabelledImages.Everything || row.HasCurve
           where size != LabelledImages.TrainingPart || row.Way is not NetworkWay
           where row.Way.IsRandom || size is not (LabelledImages.Everything or LabelledImages.TrainingPart) || seed == options.Seeds[0]
           select new FewImagesRun(row, size, seed);

    private static FileStream? TryLock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
