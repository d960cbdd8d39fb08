using System.IO.Compression;

namespace ModelBuilderStyle.ImageData;

/// <summary>The embedded colour images: a ZIP of <c>PART/CLASS/NAME-VENDOR.webp</c>.</summary>
public static class EmojiFile
{
    /// <summary>Name of the file in the sample's data folder.</summary>
    public const string Name = "emoji.zip";

    /// <summary>Reads the images. They are a few megabytes and stay in memory.</summary>
    /// <param name="path">The ZIP.</param>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static PhotoSet Read(string path)
    {
        using var archive = ZipFile.OpenRead(path);
        var images = archive.Entries.ToLookup(entry => entry.FullName.Split('/')[0], Image);
        return new PhotoSet("emoji, drawings of 64×64 pixels", [.. images["train"]], [.. images["test"]]);
    }

    // The vendors' drawings of an emoji belong together: their names differ in what follows the last hyphen.
    private static LabeledImage Image(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        var bytes = new byte[entry.Length];
        stream.ReadExactly(bytes);
        return new LabeledImage(
            entry.FullName.Split('/')[1], entry.FullName, () => bytes, entry.FullName[..entry.FullName.LastIndexOf('-')]);
    }
}
