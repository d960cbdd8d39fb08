// Puts some of the sample's drawings into a folder per class, as a user has photos: the archive, the folder.
using System.IO.Compression;

const int PerClass = 24;
string[] classes = ["face", "flag", "hand"];

using var archive = ZipFile.OpenRead(args[0]);
foreach (var name in classes)
{
    var folder = Directory.CreateDirectory(Path.Combine(args[1], name)).FullName;
    foreach (var entry in archive.Entries
        .Where(entry => entry.FullName.StartsWith($"train/{name}/", StringComparison.Ordinal)).Take(PerClass))
    {
        entry.ExtractToFile(Path.Combine(folder, entry.Name));
    }
}
