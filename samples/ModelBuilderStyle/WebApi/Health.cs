namespace ModelBuilderStyle.WebApi;

/// <summary>What the service runs.</summary>
/// <param name="Status"><c>Healthy</c>, or <c>Degraded</c> when there is a problem; the service answers either way.</param>
/// <param name="Model">Name of the model file.</param>
/// <param name="Network">Family and depth, such as <c>SkipNet-20</c>.</param>
/// <param name="Image">Size that images are resized to: channels, height, width.</param>
/// <param name="Blocks">Number of residual blocks.</param>
/// <param name="FullMacs">Multiply–accumulates of one image with every block run: a compute fraction of 1.</param>
/// <param name="Classes">Names of the classes in the model's order.</param>
/// <param name="Version">First digits of the file's SHA-256: another one after another file was loaded.</param>
/// <param name="Loaded">When it was loaded.</param>
/// <param name="ComputeBudgets">
/// Mean compute fraction of images at each setting that load or a request may choose, the most accurate first.
/// </param>
/// <param name="ComputeBudget">The one that the load allows now.</param>
/// <param name="Problem">Why a newer file is not used; null when the file was loaded.</param>
public sealed record Health(
    string Status,
    string Model,
    string Network,
    IReadOnlyList<int> Image,
    int Blocks,
    long FullMacs,
    IReadOnlyList<string> Classes,
    string Version,
    DateTimeOffset Loaded,
    IReadOnlyList<double> ComputeBudgets,
    double ComputeBudget,
    string? Problem);
