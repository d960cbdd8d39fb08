namespace ModelBuilderStyle.ImageData;

/// <summary>
/// Says which file a row was that could not be read: the library knows the row's number, and only the application its file.
/// </summary>
public static class BadImages
{
    /// <summary>Runs something that reads rows made of these images, in their order.</summary>
    /// <exception cref="InvalidDataException">An image cannot be read; the message starts with its file.</exception>
    public static T Naming<T>(this IReadOnlyList<LabeledImage> images, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (FormatException error) when (error.Data["Row"] is long row && row < images.Count)
        {
            throw new InvalidDataException($"{images[(int)row].Name}: {error.Message}", error);
        }
    }
}
