namespace ModelBuilderStyle.WebApi;

/// <summary>An image file as it came.</summary>
/// <param name="Name">Name that the client gave it; empty for a raw body.</param>
/// <param name="Bytes">The file.</param>
public sealed record UploadedImage(string Name, byte[] Bytes);
