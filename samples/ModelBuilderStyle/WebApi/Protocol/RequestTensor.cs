namespace ModelBuilderStyle.WebApi.Protocol;

/// <summary>The protocol's <c>request_input</c> as it came.</summary>
internal sealed class RequestTensor
{
    /// <summary>Name of the input.</summary>
    public string? Name { get; set; }

    /// <summary>Name of the type.</summary>
    public string? Datatype { get; set; }

    /// <summary>Sizes; empty when there are none.</summary>
    public List<long> Shape { get; set; } = [];

    /// <summary>The parameter <c>content_type</c>, by which Seldon's clients say how texts are to be read.</summary>
    public string? ContentType { get; set; }

    /// <summary>Whether there were data at all.</summary>
    public bool HasData { get; set; }

    /// <summary>Data that were numbers, in order, whatever arrays they stood in.</summary>
    public List<float> Numbers { get; } = [];

    /// <summary>Data that were texts, out of base64.</summary>
    public List<byte[]> Texts { get; } = [];
}
