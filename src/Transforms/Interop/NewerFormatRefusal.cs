namespace AdaptiveInference.ML.Transforms.Interop;

/// <summary>Versions of the model file's format, as numbers in ML.NET's header.</summary>
internal static class NewerFormatRefusal
{
    /// <summary>Refuses a model that only newer readers understand.</summary>
    /// <param name="readableBy">Oldest version of readers that understand it.</param>
    /// <param name="known">What this code writes.</param>
    /// <exception cref="FormatException">This reader is older.</exception>
    public static void ThrowIfNewer(uint readableBy, uint known)
    {
        // The message of ML.NET's own check would name its version and not this library's.
        if (readableBy > known)
        {
            throw new FormatException(
                $"This model was saved by a newer version of AdaptiveInference.ML (format {Text(readableBy)}, this version reads up to "
                + $"{Text(known)}). Update the package AdaptiveInference.ML.Transforms.");
        }
    }

    // Major version in the high half, minor in the low half, as ML.NET writes its own.
    private static string Text(uint version) => $"{version >> 16}.{version & 0xFFFF}";
}
