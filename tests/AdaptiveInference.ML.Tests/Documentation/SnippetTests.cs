using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace AdaptiveInference.ML.Tests.Documentation;

/// <summary>What the documentation shows compiles.</summary>
[TestClass]
public sealed class SnippetTests
{
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    /// <summary>What lines of a method may take for granted: names that speak for themselves.</summary>
    private const string Surroundings = """
        using AdaptiveInference.ML;
        using AdaptiveInference.ML.Transforms;
        using Microsoft.ML;

        internal static class Snippet
        {
            private static readonly MLContext mlContext = null!;
            private static readonly IDataView data = null!, trainingData = null!, testData = null!, scored = null!;
            private static readonly ITransformer model = null!;
            private static readonly GatedResNetTransformer network = null!, dense = null!, pretrained = null!;
            private static readonly IEstimator<ITransformer> pipeline = null!;
            private static readonly TrainingHistory history = null!;

            private static void Run()
            {
        #line 1
        {0}
            }
        }
        """;

    private static readonly Lazy<MetadataReference[]> References = new(() =>
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path)),
    ]);

    [TestMethod]
    public void Pages_EveryCSharpSnippet_Compiles()
    {
        var files = MarkdownPage.Files().Concat(MarkdownPage.PackageFiles());

        Check([.. files.SelectMany(file => Snippet.OfMarkdown(MarkdownPage.Root, file))]);
    }

    [TestMethod]
    public void XmlDocumentation_EveryExample_Compiles()
    {
        var root = MarkdownPage.Root;
        var files = Directory.GetFiles(Path.Combine(root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

        Check([.. files.SelectMany(file => Snippet.OfSource(root, file))]);
    }

    private static void Check(IReadOnlyList<Snippet> snippets)
    {
        Assert.IsNotEmpty(snippets);
        var problems = snippets.SelectMany(snippet => Compile(snippet).Select(problem => $"{snippet.Place}, line {problem}")).ToArray();
        Assert.IsEmpty(problems, string.Join(Environment.NewLine, problems));
    }

    private static IEnumerable<string> Compile(Snippet snippet)
    {
        var options = new CSharpParseOptions(LanguageVersion.Latest);
        var code = snippet.IsProgram ? snippet.Code : Surroundings.Replace("{0}", snippet.Code, StringComparison.Ordinal);
        var compilation = CSharpCompilation.Create(
            "Snippet",
            [CSharpSyntaxTree.ParseText(ImplicitUsings, options), CSharpSyntaxTree.ParseText(code, options)],
            References.Value,
            new CSharpCompilationOptions(
                snippet.IsProgram ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary,
                nullableContextOptions: NullableContextOptions.Enable));
        return compilation.GetDiagnostics()
            .Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error
                || (snippet.IsProgram && diagnostic.Severity == DiagnosticSeverity.Warning))
            .Select(diagnostic => $"{diagnostic.Location.GetMappedLineSpan().StartLinePosition.Line + 1}: {diagnostic.GetMessage()}");
    }
}
