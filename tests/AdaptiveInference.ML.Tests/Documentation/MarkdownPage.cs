using System.Reflection;
using System.Text.RegularExpressions;

namespace AdaptiveInference.ML.Tests.Documentation;

/// <summary>A page of the documentation: what it links to, what can be linked to in it, and which files it names.</summary>
internal sealed partial class MarkdownPage
{
    private readonly string _prose;

    private MarkdownPage(string path, string text)
    {
        Path = path;
        var unfenced = Fence().Replace(text, "");
        _prose = Code().Replace(unfenced, "");
        Paths = [.. Code().Matches(unfenced).Select(code => code.Groups[1].Value.Split(' ')[0]).Where(word => FolderPath().IsMatch(word))];
        Anchors = AnchorsOf(unfenced);
    }

    /// <summary>The sources, which stand beside the tests in any checkout.</summary>
    public static string Root { get; }
        = typeof(MarkdownPage).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "SourceRoot").Value!;

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Targets of its links and images, as they are written.</summary>
    public IReadOnlyList<string> Links => [.. Link().Matches(_prose).Select(match => match.Groups[1].Value)];

    /// <summary>Names by which its headings are linked to, as GitHub makes them.</summary>
    public IReadOnlySet<string> Anchors { get; }

    /// <summary>Files and folders of the repository that its prose names.</summary>
    public IReadOnlyList<string> Paths { get; }

    /// <summary>Reads a page.</summary>
    public static MarkdownPage Read(string path) => Parse(path, File.ReadAllText(path));

    /// <summary>A page of this text.</summary>
    public static MarkdownPage Parse(string path, string text) => new(path, text.ReplaceLineEndings("\n"));

    /// <summary>The pages that people read in the repository.</summary>
    public static IEnumerable<string> Files()
        => [
            System.IO.Path.Combine(Root, "README.md"),
            System.IO.Path.Combine(Root, "CONTRIBUTING.md"),
            .. Directory.GetFiles(System.IO.Path.Combine(Root, "docs"), "*.md"),
            .. Directory.GetFiles(System.IO.Path.Combine(Root, "samples"), "README.md", SearchOption.AllDirectories),
        ];

    /// <summary>The pages that the packages show, where no file of the repository is.</summary>
    public static IEnumerable<string> PackageFiles() => Directory.GetFiles(System.IO.Path.Combine(Root, "nuget"), "*.md");

    // Lower case; letters, digits, hyphens and underscores stay, spaces become hyphens; a second heading of one name gets a number.
    private static HashSet<string> AnchorsOf(string unfenced)
    {
        var anchors = new HashSet<string>();
        foreach (Match heading in Heading().Matches(unfenced))
        {
            var text = LinkText().Replace(heading.Groups[1].Value.Trim(), "$1").ToLowerInvariant();
            var name = string.Concat(text.Where(c => char.IsLetterOrDigit(c) || c is '-' or '_' or ' ')).Replace(' ', '-');
            var unique = name;
            for (var number = 1; !anchors.Add(unique); number++)
            {
                unique = $"{name}-{number}";
            }
        }

        return anchors;
    }

    [GeneratedRegex(@"^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"\[([^\]]*)\]\([^)]*\)")]
    private static partial Regex LinkText();

    [GeneratedRegex(@"^#{1,6} +(.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("^(src|tests|samples|docs|build|nuget)/[A-Za-z0-9_./-]+$")]
    private static partial Regex FolderPath();
}
