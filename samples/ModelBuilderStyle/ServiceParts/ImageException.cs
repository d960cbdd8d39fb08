namespace ModelBuilderStyle.ServiceParts;

/// <summary>What is wrong with an image.</summary>
internal enum ImageFault
{
    /// <summary>There are no bytes.</summary>
    Empty,

    /// <summary>It has too many pixels.</summary>
    TooLarge,

    /// <summary>It is no image, a damaged one, or none that the network gives an answer for.</summary>
    Unreadable,
}

/// <summary>An image that cannot be classified; the message says why in a sentence for the one who sent it.</summary>
internal sealed class ImageException(ImageFault fault, string message) : Exception(message)
{
    /// <summary>The kind of fault.</summary>
    public ImageFault Fault => fault;
}
