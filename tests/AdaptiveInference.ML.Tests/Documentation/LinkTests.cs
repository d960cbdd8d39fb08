namespace AdaptiveInference.ML.Tests.Documentation;

/// <summary>What the documentation points to is there.</summary>
[TestClass]
public sealed class LinkTests
{
    [TestMethod]
    public void Pages_EveryRelativeLink_LeadsToAFileAndItsHeading()
    {
        var links = MarkdownPage.Files().Select(MarkdownPage.Read).SelectMany(page => page.Links.Select(link => (page, link))).ToArray();
        var faults = links.Select(pair => Fault(pair.page, pair.link)).OfType<string>().ToArray();

        Assert.IsGreaterThan(50, links.Length, "Hardly any link was found: the pages were not understood.");
        Assert.IsEmpty(faults, string.Join(Environment.NewLine, faults));
    }

    [TestMethod]
    public void Pages_EveryPathInTheProse_Exists()
    {
        var faults = MarkdownPage.Files().Select(MarkdownPage.Read)
            .SelectMany(page => page.Paths.Select(path => (page, path)))
            .Where(pair => !Path.Exists(Path.Combine(MarkdownPage.Root, pair.path)))
            .Select(pair => $"{Name(pair.page)} names {pair.path}, which is not there.")
            .ToArray();

        Assert.IsEmpty(faults, string.Join(Environment.NewLine, faults));
    }

    [TestMethod]
    public void PackageReadmes_EveryLink_IsAbsolute()
    {
        var faults = MarkdownPage.PackageFiles().Select(MarkdownPage.Read)
            .SelectMany(page => page.Links.Where(link => !IsAbsolute(link)).Select(link => $"{Name(page)} links to {link}."))
            .ToArray();

        Assert.IsEmpty(faults, string.Join(Environment.NewLine, faults));
    }

    [TestMethod]
    public void DocumentationPages_Each_IsLinkedFromTheReadme()
    {
        var linked = MarkdownPage.Read(Path.Combine(MarkdownPage.Root, "README.md")).Links.Select(link => link.Split('#')[0]).ToHashSet();
        var missing = Directory.GetFiles(Path.Combine(MarkdownPage.Root, "docs"), "*.md")
            .Select(file => "docs/" + Path.GetFileName(file))
            .Where(page => !linked.Contains(page))
            .ToArray();

        Assert.IsEmpty(missing, string.Join(Environment.NewLine, missing));
    }

    [TestMethod]
    public void Anchors_Headings_AreNamedAsOnGitHub()
    {
        var page = MarkdownPage.Parse(
            "a.md",
            "# From a file to 224×224 pixels\n```\n# no heading\n```\n## `Fit`: [one](b.md), two_three\n## … a gate\n## … a gate\n");

        CollectionAssert.AreEquivalent(
            new[] { "from-a-file-to-224224-pixels", "fit-one-two_three", "-a-gate", "-a-gate-1" }, page.Anchors.ToArray());
    }

    [TestMethod]
    public void Links_InCode_AreNone()
    {
        var page = MarkdownPage.Parse("a.md", "[a](b.md#c) and ![d](e.png) but `x[0](f.md)`\n```\n[g](h.md)\n```\n");

        CollectionAssert.AreEqual(new[] { "b.md#c", "e.png" }, page.Links.ToArray());
    }

    [TestMethod]
    public void Fault_LinkToNothing_IsNamed()
    {
        var page = MarkdownPage.Parse(Path.Combine(MarkdownPage.Root, "docs", "page.md"), "# Here\n");

        Assert.IsNull(Fault(page, "#here"));
        Assert.IsNull(Fault(page, "../README.md#documentation"));
        Assert.IsNull(Fault(page, "https://example.org/nowhere"));
        Assert.AreEqual("docs/page.md links to #there, and there is no such heading.", Fault(page, "#there"));
        Assert.AreEqual("docs/page.md links to ../README.md#nothing, and there is no such heading.", Fault(page, "../README.md#nothing"));
        Assert.AreEqual("docs/page.md links to gone.md, which is not there.", Fault(page, "gone.md"));
    }

    private static string? Fault(MarkdownPage page, string link)
    {
        if (IsAbsolute(link))
        {
            return null;
        }

        var parts = link.Split('#', 2);
        var file = parts[0].Length == 0 ? page.Path : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page.Path)!, parts[0]));
        if (parts[0].Length > 0 && !Path.Exists(file))
        {
            return $"{Name(page)} links to {link}, which is not there.";
        }

        var anchors = parts.Length == 1 ? null : parts[0].Length == 0 ? page.Anchors : MarkdownPage.Read(file).Anchors;
        return anchors is null || anchors.Contains(parts[1]) ? null : $"{Name(page)} links to {link}, and there is no such heading.";
    }

    private static bool IsAbsolute(string link)
        => link.StartsWith("https://", StringComparison.Ordinal) || link.StartsWith("http://", StringComparison.Ordinal);

    private static string Name(MarkdownPage page)
        => Path.GetRelativePath(MarkdownPage.Root, page.Path).Replace(Path.DirectorySeparatorChar, '/');
}
