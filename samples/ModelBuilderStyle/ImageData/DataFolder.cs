namespace ModelBuilderStyle.ImageData;

/// <summary>The folder that the user names with <c>--data</c>.</summary>
internal static class DataFolder
{
    /// <exception cref="DirectoryNotFoundException">It does not exist, or is a file.</exception>
    public static void Check(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException(
                File.Exists(folder)
                    ? $"'{folder}' is a file: name the folder that it is in with --data."
                    : $"The data folder '{folder}' does not exist.");
        }
    }
}
