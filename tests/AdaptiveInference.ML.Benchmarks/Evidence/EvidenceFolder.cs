using System.Reflection;

namespace AdaptiveInference.ML.Benchmarks.Evidence;

/// <summary>The files of the evidence: the output folder, and the results that are part of the repository.</summary>
internal sealed class EvidenceFolder
{
    private readonly string _folder;

    /// <param name="folder">The output folder; empty for none.</param>
    public EvidenceFolder(string folder)
    {
        _folder = folder;
        if (folder.Length > 0)
        {
            Directory.CreateDirectory(folder);
        }
    }

    /// <summary>Where the repository keeps results and what is made of them.</summary>
    public static string Committed { get; } = Path.Combine(
        typeof(EvidenceFolder).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "SourceRoot").Value!,
        "tests", "AdaptiveInference.ML.Benchmarks", "Evidence");

    public static string CommittedResults(EvidenceSet set) => Path.Combine(Committed, $"results{set.Suffix}.jsonl");

    public static string CommittedTable(EvidenceSet set) => Path.Combine(Committed, $"RESULTS{set.Suffix}.md");

    public static string CommittedPlot(EvidenceSet set) => Path.Combine(Committed, PlotName(set));

    public static string PlotName(EvidenceSet set) => $"accuracy-compute{set.Suffix}.svg";

    public string Results => Path.Combine(_folder, "results.jsonl");

    public string Model(string run) => Path.Combine(_folder, run + ".zip");

    public string Checkpoints(EvidenceRun run) => Path.Combine(_folder, run.FileName + ".checkpoint");

    public string Lock(EvidenceRun run) => Path.Combine(_folder, run.FileName + ".lock");

    /// <summary>Where the <see cref="TrainingRecord"/> of a run is kept.</summary>
    public string Record(EvidenceRun run) => Path.Combine(_folder, run.FileName + ".training.json");

    public bool HasModel(EvidenceRun run) => File.Exists(Model(run.FileName));

    /// <summary>All results of a data set, those of the repository first.</summary>
    public IReadOnlyList<EvidenceResult> AllResults(EvidenceSet set)
        => [.. ResultFile.Read([CommittedResults(set), Results]).Where(result => result.Set == set.Key)];

    /// <summary>All results of the data sets of some runs.</summary>
    public IEnumerable<EvidenceResult> AllResults(IEnumerable<EvidenceRun> runs)
        => runs.Select(run => run.Set).Distinct().SelectMany(AllResults);
}
