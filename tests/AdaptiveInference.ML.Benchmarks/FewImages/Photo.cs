namespace AdaptiveInference.ML.Benchmarks.FewImages;

/// <summary>One labelled image file, as a row of ML.NET's.</summary>
internal sealed class Photo
{
    public string Path { get; set; } = "";

    public string Label { get; set; } = "";

    /// <summary>Pictures of one object: always on the same side of a split.</summary>
    public string Group { get; set; } = "";
}
