namespace ModelBuilderStyle.Workers.Messages;

/// <summary>Where an image is.</summary>
/// <param name="Name">Its path below the root, or what the sender calls it.</param>
/// <param name="Bytes">The image itself; null when it is to be read from its path.</param>
internal sealed record ImageSource(string Name, ReadOnlyMemory<byte>? Bytes);
