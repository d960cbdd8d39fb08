namespace AdaptiveInference.ML.Benchmarks.Evidence;

/// <summary>
/// Hands out runs that are not done. Several processes may share a folder: a run belongs to whoever holds its lock file open, and the
/// operating system lets go of that when a process ends, however it ends.
/// </summary>
internal sealed class RunQueue(EvidenceFolder folder, IReadOnlyList<EvidenceRun> wanted)
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(5);

    /// <summary>The next run, or null when all are done. Waits while what is left is in the hands of other processes.</summary>
    public Claim? Next()
    {
        while (true)
        {
            var missing = Missing();
            if (missing.Count == 0)
            {
                return null;
            }

            foreach (var run in missing.Where(run => run.Row.Needs.All(need => File.Exists(folder.Model(run.NameOf(need))))))
            {
                if (Claim.Try(folder.Lock(run), run) is { } claim)
                {
                    // Another process may have finished it since the list was made.
                    if (Missing().Contains(run))
                    {
                        return claim;
                    }

                    claim.Dispose();
                }
            }

            Thread.Sleep(Wait);
        }
    }

    // A row of which only the result is there has to be trained anew when another one starts from its model.
    private List<EvidenceRun> Missing()
    {
        var done = folder.AllResults(wanted).Select(result => (result.Row, result.Seed, result.Epochs)).ToHashSet();
        var missing = new List<EvidenceRun>();
        foreach (var run in wanted.Where(run => !done.Contains((run.Row.Name, run.Seed, run.Epochs))))
        {
            Add(run);
        }

        return missing;

        void Add(EvidenceRun run)
        {
            var needs = run.Row.Needs.Select(name => run with { Row = EvidenceRows.Of(name) });
            foreach (var need in needs.Where(need => !folder.HasModel(need)))
            {
                Add(need);
            }

            if (!missing.Contains(run))
            {
                missing.Add(run);
            }
        }
    }

    /// <summary>A run that this process alone works on until it is disposed.</summary>
    internal sealed class Claim : IDisposable
    {
        private readonly FileStream _lock;

        private Claim(FileStream file, EvidenceRun run) => (_lock, Run) = (file, run);

        public EvidenceRun Run { get; }

        public static Claim? Try(string path, EvidenceRun run)
        {
            try
            {
                return new Claim(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None), run);
            }
            catch (IOException)
            {
                return null;
            }
        }

        public void Dispose() => _lock.Dispose();
    }
}
