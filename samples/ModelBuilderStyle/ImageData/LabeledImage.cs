namespace ModelBuilderStyle.ImageData;

/// <summary>An image of known class. Its bytes are made when asked for, so that large folders need not fit into memory.</summary>
public sealed class LabeledImage(string label, string name, Func<byte[]> read, string? group = null)
{
    /// <summary>Name of the class.</summary>
    public string Label { get; } = label;

    /// <summary>Where the image comes from: a file, or a file and the image's number in it.</summary>
    public string Name { get; } = name;

    /// <summary>
    /// What it shares with images that are nearly the same, such as others of one object; its own name where there are none.
    /// </summary>
    public string Group { get; } = group ?? name;

    /// <summary>The bytes of an encoded image file.</summary>
    public byte[] Encoded() => read();
}
