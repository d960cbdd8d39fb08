using System.Reflection;

namespace AdaptiveInference.ML.Benchmarks.FewImages;

/// <summary>The files of the program: the output folder, and the results that are part of the repository.</summary>
internal sealed class FewImagesFolder
{
    private readonly string _folder;

    /// <param name="folder">The output folder; empty for none.</param>
    public FewImagesFolder(string folder)
    {
        _folder = folder;
        if (folder.Length > 0)
        {
            Directory.CreateDirectory(folder);
        }
    }

    /// <summary>The repository's root.</summary>
    public static string Sources { get; } = typeof(FewImagesFolder).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "SourceRoot").Value!;

    /// <summary>Where the repository keeps results and what is made of them.</summary>
    public static string Committed { get; } = Path.Combine(Sources, "tests", "AdaptiveInference.ML.Benchmarks", "FewImages");

    /// <summary>What is run once, and thrown away.</summary>
    public string Applications => Path.Combine(_folder, "applications");

    /// <summary>Photos that are drawn once, and may be thrown away.</summary>
    public string Photos => Path.Combine(_folder, "photos");

    public string Model(FewImagesRun run) => Path.Combine(_folder, run.FileName + ".zip");

    public string Lock(FewImagesRun run) => Path.Combine(_folder, run.FileName + ".lock");

    /// <summary>All results, those of the repository first; of two for one run the later one counts.</summary>
    public IReadOnlyList<FewImagesResult> Results()
        => [.. All<FewImagesResult>("results.jsonl").GroupBy(result => (result.Row, result.Size, result.Seed)).Select(same => same.Last())];

    public void Add(FewImagesResult result) => JsonLines.Append(Path.Combine(_folder, "results.jsonl"), result);

    public IReadOnlyList<TimingResult> Timings()
        => [.. All<TimingResult>("timing.jsonl").GroupBy(result => (result.Way, result.Cores)).Select(same => same.Last())];

    public void Add(TimingResult result) => JsonLines.Append(Path.Combine(_folder, "timing.jsonl"), result);

    public IReadOnlyList<DeploymentResult> Deployments()
        => [.. All<DeploymentResult>("deployment.jsonl").GroupBy(result => result.Row).Select(same => same.Last())];

    public void Add(DeploymentResult result) => JsonLines.Append(Path.Combine(_folder, "deployment.jsonl"), result);

    public IReadOnlyList<FittingResult> Fittings()
        => [.. All<FittingResult>("fitting.jsonl").GroupBy(result => (result.Mirrored, result.Cores)).Select(same => same.Last())];

    public void Add(FittingResult result) => JsonLines.Append(Path.Combine(_folder, "fitting.jsonl"), result);

    /// <summary>Writes all results into the repository, in a fixed order so that two versions of a file can be compared.</summary>
    public void Commit()
    {
        JsonLines.Write(
            Path.Combine(Committed, "results.jsonl"), Results().OrderBy(result => (result.Row, result.Size, result.Seed)).ToList());
        JsonLines.Write(Path.Combine(Committed, "timing.jsonl"), Timings().OrderBy(result => (result.Cores, result.Way)).ToList());
        JsonLines.Write(Path.Combine(Committed, "fitting.jsonl"), Fittings().OrderBy(result => (result.Cores, result.Mirrored)).ToList());
        JsonLines.Write(Path.Combine(Committed, "deployment.jsonl"), Deployments().OrderBy(result => result.Row).ToList());
    }

    private IEnumerable<T> All<T>(string file)
        => ((string[])[Committed, .. _folder.Length > 0 ? [_folder] : Array.Empty<string>()])
            .SelectMany(folder => JsonLines.Read<T>(Path.Combine(folder, file)));
}

/// <summary>A row, the labelled images that it gets, and a seed.</summary>
internal sealed record FewImagesRun(FewImagesRow Row, string Size, int Seed)
{
    public string FileName => $"{Row.Name}-{Size}-seed{Seed}";
}
