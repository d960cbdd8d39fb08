// Looks into both packages and their symbols: what a user, a licence scanner and a debugger expect to find.
using System.Buffers.Binary;
using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

internal static class Contents
{
    private static readonly Guid EmbeddedSource = new("0E8A571B-6926-466E-B4AD-8AB04611F5FE");

    /// <summary>What is wrong with the packages in a folder; empty when nothing is.</summary>
    public static List<string> Check(string folder)
    {
        var wrong = new List<string>();
        CheckPackage(folder, "AdaptiveInference.ML.Transforms", ["Microsoft.ML", "Microsoft.ML.ImageAnalytics", "Google.Protobuf"], wrong);
        CheckPackage(folder, "AdaptiveInference.ML", ["AdaptiveInference.ML.Transforms", "TorchSharp", "OxyPlot.Core"], wrong);
        return wrong;
    }

    private static void CheckPackage(string folder, string id, string[] dependencies, List<string> wrong)
    {
        void Expect(bool holds, string otherwise)
        {
            if (!holds)
            {
                wrong.Add($"{id}: {otherwise}.");
            }
        }

        var assembly = $"lib/net10.0/{id}";
        using var package = Open(folder, id, "nupkg");
        string[] expected =
            [$"{assembly}.dll", $"{assembly}.xml", "README.md", "icon.png", "LICENSE", "THIRD-PARTY-NOTICES.txt", $"{id}.nuspec"];
        var entries = package.Entries.Select(entry => entry.FullName)
            .Where(name => !name.StartsWith("_rels/", StringComparison.Ordinal)
                && !name.StartsWith("package/", StringComparison.Ordinal)
                && name != "[Content_Types].xml")
            .ToList();
        Expect(!expected.Except(entries).Any(), $"lacks {string.Join(", ", expected.Except(entries))}");
        Expect(!entries.Except(expected).Any(), $"has {string.Join(", ", entries.Except(expected))}, which nobody expects");
        if (expected.Except(entries).Any())
        {
            return;
        }

        var metadata = XDocument.Load(new MemoryStream(Read(package, $"{id}.nuspec"))).Root!.Elements()
            .Single(element => element.Name.LocalName == "metadata");
        string Value(string name) => metadata.Elements().FirstOrDefault(element => element.Name.LocalName == name)?.Value ?? "";
        foreach (var (name, value) in new[] { ("license", "MIT"), ("readme", "README.md"), ("icon", "icon.png") })
        {
            Expect(Value(name) == value, $"says {name} '{Value(name)}', not '{value}'");
        }

        foreach (var name in (string[])["description", "tags", "authors", "copyright"])
        {
            Expect(Value(name).Length > 0, $"has no {name}");
        }

        var named = new List<string>();
        foreach (var dependency in metadata.Descendants().Where(element => element.Name.LocalName == "dependency"))
        {
            var (name, range) = (dependency.Attribute("id")!.Value, dependency.Attribute("version")!.Value);
            named.Add(name);

            // The trainers use internals of the scoring package: of no other version than their own.
            Expect(
                name != "AdaptiveInference.ML.Transforms" || range == $"[{Value("version")}]",
                $"depends on {name} {range}, not on exactly [{Value("version")}]");
        }

        Expect(
            named.Count > 0 && !named.Except(dependencies).Any(),
            $"depends on {string.Join(", ", named)}; expected are {string.Join(", ", dependencies)}");

        var icon = Read(package, "icon.png");
        var (width, height) = (BinaryPrimitives.ReadInt32BigEndian(icon.AsSpan(16)), BinaryPrimitives.ReadInt32BigEndian(icon.AsSpan(20)));
        Expect((width, height) == (128, 128), $"has an icon of {width}×{height}");

        using var image = new PEReader(new MemoryStream(Read(package, $"{assembly}.dll")));
        Expect(
            image.ReadDebugDirectory().Any(entry => entry.Type == DebugDirectoryEntryType.Reproducible), "was not built deterministically");

        using var symbols = Open(folder, id, "snupkg");
        using var provider = MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(Read(symbols, $"{assembly}.pdb")));
        var reader = provider.GetMetadataReader();
        foreach (var handle in reader.Documents)
        {
            var name = reader.GetString(reader.GetDocument(handle).Name);
            Expect(name.StartsWith("/_", StringComparison.Ordinal), $"has symbols with a path of the machine that built them, {name}");
            Expect(
                reader.GetCustomDebugInformation(handle)
                    .Any(info => reader.GetGuid(reader.GetCustomDebugInformation(info).Kind) == EmbeddedSource),
                $"has symbols without the source of {name}");
        }
    }

    private static ZipArchive Open(string folder, string id, string extension)
        => ZipFile.OpenRead(Directory.GetFiles(folder, $"{id}.*.{extension}")
            .Single(file => char.IsDigit(Path.GetFileName(file)[id.Length + 1])));

    private static byte[] Read(ZipArchive archive, string name)
    {
        using var stream = archive.GetEntry(name)!.Open();
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
