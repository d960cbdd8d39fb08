using System.Text.RegularExpressions;
using AdaptiveInference.ML.Tests.Layering;

namespace AdaptiveInference.ML.Tests.Documentation;

/// <summary>The page on the architecture lists the folders that there are, in the order of their layers.</summary>
[TestClass]
public sealed partial class ArchitecturePageTests
{
    [TestMethod]
    public void Page_FoldersOfTheScoringAssembly_AreThoseOfTheLayers()
        => CollectionAssert.AreEqual(LayeringTests.Scoring, Folders("## src/Transforms"));

    [TestMethod]
    public void Page_FoldersOfTheTrainingAssembly_AreThoseOfTheLayers()
        => CollectionAssert.AreEqual(LayeringTests.Training, Folders("## src/AdaptiveInference.ML"));

    private static string[] Folders(string heading)
    {
        var page = File.ReadAllText(Path.Combine(MarkdownPage.Root, "docs", "architecture.md")).ReplaceLineEndings("\n");
        var section = page[(page.IndexOf(heading, StringComparison.Ordinal) + heading.Length)..].Split("\n## ")[0];
        return [.. Row().Matches(section).Select(match => match.Groups[1].Value)];
    }

    [GeneratedRegex(@"^\| `([^`]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
