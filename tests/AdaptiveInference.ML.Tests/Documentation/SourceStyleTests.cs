using System.Reflection;

namespace AdaptiveInference.ML.Tests.Documentation;

/// <summary>What the editor's settings ask of every source and no compiler checks.</summary>
[TestClass]
public sealed class SourceStyleTests
{
    /// <summary>Characters of the longest line, as <c>.editorconfig</c> has it.</summary>
    private const int LongestLine = 140;

    private static readonly string[] Folders = ["src", "samples", "tests", "build"];
    private static readonly string[] Built = ["bin", "obj"];

    [TestMethod]
    public void Lines_OfEverySource_EndAt140()
    {
        var root = Root();
        var files = Folders.SelectMany(folder => Sources(Path.Combine(root, folder))).ToList();

        var faults = files.SelectMany(file => Faults(Path.GetRelativePath(root, file), File.ReadLines(file))).ToList();

        Assert.IsEmpty(faults, string.Join(Environment.NewLine, faults));
        Assert.IsGreaterThan(500, files.Count, "Hardly any source was found.");
    }

    [TestMethod]
    public void Faults_LineThatIsLonger_IsNamed()
        => CollectionAssert.AreEqual(
            new[] { "a.cs:2: 141 characters" }, Faults("a.cs", [new string('x', 140), new string('x', 141), ""]).ToArray());

    [TestMethod]
    public void Faults_LineOfManyBytes_CountsCharacters()
        => Assert.IsEmpty(Faults("a.cs", [string.Concat(Enumerable.Repeat("×", 139)) + "𝄞"]));

    [TestMethod]
    public void LongestLine_IsThatOfTheEditorsSettings()
        => StringAssert.Contains(File.ReadAllText(Path.Combine(Root(), ".editorconfig")), $"max_line_length = {LongestLine}");

    private static IEnumerable<string> Faults(string name, IEnumerable<string> lines)
        => from line in lines.Select((text, index) => (Number: index + 1, Length: text.EnumerateRunes().Count()))
           where line.Length > LongestLine
           select $"{name}:{line.Number}: {line.Length} characters";

    private static IEnumerable<string> Sources(string folder)
        => Directory.EnumerateFiles(folder, "*.cs").Concat(
            Directory.EnumerateDirectories(folder).Where(inner => !Built.Contains(Path.GetFileName(inner))).SelectMany(Sources));

    private static string Root()
        => typeof(SourceStyleTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "SourceRoot").Value!;
}
