namespace AdaptiveInference.ML.Benchmarks.Evidence;

/// <summary>A data set that the rows are trained and tested on.</summary>
/// <param name="Name">What <c>--set</c> and the results call it; null in results is <see cref="Fashion"/>.</param>
/// <param name="Title">What table and plot call it.</param>
/// <param name="Images">What the table says of its images.</param>
/// <param name="Validation">How many of them are for validation.</param>
/// <param name="Suffix">What its files in the repository have behind their names.</param>
internal sealed record EvidenceSet(string Name, string Title, string Images, int Validation, string Suffix)
{
    /// <summary>Fashion-MNIST as it is.</summary>
    public static EvidenceSet Fashion { get; } = new(
        "fashion", "Fashion-MNIST",
        "Fashion-MNIST, 54,000 images to train on, 6,000 to choose epochs and thresholds by, 10,000 to test on.", 6_000, "");

    /// <summary>Fashion-MNIST made harder.</summary>
    public static EvidenceSet Cluttered { get; } = new(
        "cluttered", "Fashion-MNIST, cluttered",
        "Fashion-MNIST made harder: garments turned, resized, paler and anywhere on 40×40 pixels, among pieces of others; 21,600 images "
        + "to train on, 2,400 to choose epochs and thresholds by, 10,000 to test on.",
        2_400, "-cluttered");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<EvidenceSet> All { get; } = [Fashion, Cluttered];

    /// <summary>The name in results.</summary>
    public string? Key => this == Fashion ? null : Name;

    /// <summary>What the file of a run begins with.</summary>
    public string Prefix => this == Fashion ? "" : Name + "-";

    /// <summary>Reads it.</summary>
    /// <param name="data">Folder of Fashion-MNIST.</param>
    /// <param name="output">Folder for what is made of it.</param>
    public IdxData Read(string data, string output)
        => this == Cluttered ? ClutteredData.Read(data, Path.Combine(output, Name)) : IdxData.Read(data);
}
