using System.Reflection;
using System.Text.RegularExpressions;

namespace AdaptiveInference.ML.Transforms.Tests.Inference.Memory.Guards;

/// <summary>The page on safety names files and tests, which must not be gone.</summary>
[TestClass]
public sealed partial class SafetyPageTests
{
    [TestMethod]
    public void Page_EveryClassAndTestThatItNames_IsThere()
    {
        var assembly = typeof(SafetyPageTests).Assembly;
        var root = assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "SourceRoot").Value!;
        var page = File.ReadAllText(Path.Combine(root, "docs", "safety.md"));
        string[] folders = [Path.Combine(root, "src"), Path.Combine(root, "tests")];
        var files = folders.SelectMany(folder => Directory.GetFiles(folder, "*.cs", SearchOption.AllDirectories)).ToArray();
        var classes = files.Select(Path.GetFileNameWithoutExtension).ToHashSet();
        var tests = assembly.GetTypes().SelectMany(type => type.GetMethods()).Select(method => method.Name).ToHashSet();

        var named = Name().Matches(page).Select(match => match.Groups[1].Value).Distinct().ToArray();
        string[] others = ["MLImage", "Dispose", "Microsoft", "Fits"];
        var gone = named.Where(name => !classes.Contains(name) && !tests.Contains(name) && !others.Contains(name)).ToArray();

        Assert.IsGreaterThan(30, named.Length);
        Assert.IsEmpty(gone, string.Join(", ", gone));
    }

    // Words in code or italics that begin with a capital, up to the member.
    [GeneratedRegex(@"(?<!\*)[`*]([A-Z][a-z][A-Za-z0-9_]+|MLImage[A-Za-z]*)(?:\.[A-Za-z]+)*[`*]")]
    private static partial Regex Name();
}
