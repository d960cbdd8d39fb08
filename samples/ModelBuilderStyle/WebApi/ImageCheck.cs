namespace ModelBuilderStyle.WebApi;

/// <summary>What is wrong with an image, as a problem of the request that brought it.</summary>
internal static class ImageCheck
{
    /// <summary>Looks at an image file before it is decoded.</summary>
    /// <returns>How many pixels it has.</returns>
    /// <exception cref="RequestProblem">It is empty, no image, or has too many pixels.</exception>
    public static long CountPixels(byte[] file, int maxPixels) => Run(() => ImageHeader.CountPixels(file, maxPixels));

    /// <summary>Does something with an image.</summary>
    /// <exception cref="RequestProblem">The image cannot be classified.</exception>
    public static T Run<T>(Func<T> use)
    {
        try
        {
            return use();
        }
        catch (ImageException error)
        {
            throw new RequestProblem(StatusOf(error.Fault), error.Message);
        }
    }

    private static int StatusOf(ImageFault fault) => fault switch
    {
        ImageFault.Empty => StatusCodes.Status400BadRequest,
        ImageFault.TooLarge => StatusCodes.Status413PayloadTooLarge,
        _ => StatusCodes.Status422UnprocessableEntity,
    };
}
