namespace ModelBuilderStyle.ServiceParts;

/// <summary>Images by which the steps of a model's ladder are chosen.</summary>
internal static class CalibrationFolder
{
    // A few hundred set the compute to within a few points; more only delay the start.
    private const int MostImages = 300;

    /// <summary>Reads images from all over the folder; those that cannot be scored are left out.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="settings">Limits of an image.</param>
    /// <param name="tryOne">Scores an image, to see whether it can be.</param>
    /// <exception cref="ModelFileException">There is no such folder, or no image in it.</exception>
    public static FashionClassifier.ModelInput[] Read(string folder, EngineSettings settings, Action<FashionClassifier.ModelInput> tryOne)
    {
        if (!Directory.Exists(folder))
        {
            throw new ModelFileException(
                $"The folder of calibration images '{folder}' does not exist. Name another one, or none, with "
                + $"{settings.Section}:{nameof(settings.CalibrationImages)}.");
        }

        var files = ImageFolder.Files(folder).Order(StringComparer.Ordinal).ToArray();
        var step = Math.Max(1, (double)files.Length / MostImages);
        var images = new List<FashionClassifier.ModelInput>();
        for (var place = 0.0; (int)place < files.Length; place += step)
        {
            if (ReadOne(files[(int)place], settings) is { } image && Scores(image, tryOne))
            {
                images.Add(image);
            }
        }

        return images.Count > 0
            ? [.. images]
            : throw new ModelFileException($"The folder of calibration images '{folder}' holds no image that can be scored.");
    }

    private static FashionClassifier.ModelInput? ReadOne(string file, EngineSettings settings)
    {
        if (new FileInfo(file).Length > settings.MaxImageBytes)
        {
            return null;
        }

        var bytes = File.ReadAllBytes(file);
        try
        {
            ImageHeader.CountPixels(bytes, settings.MaxImagePixels);
        }
        catch (ImageException)
        {
            return null;
        }

        return new FashionClassifier.ModelInput { ImageSource = bytes };
    }

    private static bool Scores(FashionClassifier.ModelInput image, Action<FashionClassifier.ModelInput> tryOne)
    {
        try
        {
            tryOne(image);
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
