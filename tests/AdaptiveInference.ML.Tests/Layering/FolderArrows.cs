using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace AdaptiveInference.ML.Tests.Layering;

/// <summary>Which folder's code uses which other folder's.</summary>
/// <remarks>
/// The compiler resolves every name in the sources, so that a using that is not needed, a namespace around, an extension method and a
/// <c>var</c> all count for what they are.
/// </remarks>
internal sealed class FolderArrows
{
    /// <summary>The folder of the project file.</summary>
    public const string RootFolder = ".";

    private const string ImplicitUsings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; "
        + "global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;";

    private FolderArrows(IReadOnlyList<string> folders, IReadOnlyList<Arrow> arrows) => (Folders, Arrows) = (folders, arrows);

    /// <summary>Every folder that holds a source, relative to the project's and with forward slashes.</summary>
    public IReadOnlyList<string> Folders { get; }

    public IReadOnlyList<Arrow> Arrows { get; }

    /// <summary>Reads a project's sources. What they use from elsewhere is looked up in the assemblies that this process knows.</summary>
    /// <param name="project">The folder of the project.</param>
    /// <param name="assembly">Name of the project's assembly: what other assemblies open to it by name is open here too.</param>
    public static FolderArrows Read(string project, string assembly)
    {
        var files = Sources(project);
        var options = new CSharpParseOptions(LanguageVersion.Latest);
        var trees = files.Select(file => CSharpSyntaxTree.ParseText(File.ReadAllText(file), options, file)).ToArray();
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileNameWithoutExtension(path) != assembly)
            .Select(path => MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create(
            assembly, [.. trees, CSharpSyntaxTree.ParseText(ImplicitUsings, options)], references,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true));
        return new FolderArrows(
            files.Select(file => FolderOf(project, file)).Distinct().Order(StringComparer.Ordinal).ToArray(),
            trees.SelectMany(tree => Of(compilation.GetSemanticModel(tree), tree, project)).Distinct().ToArray());
    }

    /// <summary>The source files of a project, without what was generated.</summary>
    public static string[] Sources(string project) => Directory.GetFiles(project, "*.cs", SearchOption.AllDirectories)
        .Where(file => FolderOf(project, file).Split('/')[0] is not ("obj" or "bin"))
        .ToArray();

    private static IEnumerable<Arrow> Of(SemanticModel model, SyntaxTree tree, string project)
    {
        var from = FolderOf(project, tree.FilePath);
        foreach (var name in tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>())
        {
            if (TypeOf(model, name) is not { } type)
            {
                continue;
            }

            // A type in several files stands in all of their folders, so that a part does not open the others.
            var folders = type.DeclaringSyntaxReferences
                .Where(reference => reference.SyntaxTree.FilePath.Length > 0)
                .Select(reference => FolderOf(project, reference.SyntaxTree.FilePath))
                .Distinct().ToArray();
            foreach (var to in folders.Where(folder => folder != from))
            {
                yield return new Arrow(from, to, $"{Path.GetFileName(tree.FilePath)} uses {type.Name}");
            }
        }
    }

    /// <summary>The type that a name stands for or has as its owner; null for names of namespaces and locals, and where it merely leads to
    /// a type inside.</summary>
    private static INamedTypeSymbol? TypeOf(SemanticModel model, SimpleNameSyntax name)
    {
        var info = model.GetSymbolInfo(name);
        var type = (info.Symbol ?? info.CandidateSymbols.FirstOrDefault()) switch
        {
            IMethodSymbol { ReducedFrom: { } extension } => extension.ContainingType,
            INamedTypeSymbol named => named,
            ITypeSymbol or INamespaceSymbol or ILocalSymbol or IParameterSymbol or null => null,
            var member => member.ContainingType,
        };
        var leadsInside = name.Parent switch
        {
            QualifiedNameSyntax parent => parent.Left == name && model.GetSymbolInfo(parent.Right).Symbol is INamedTypeSymbol,
            MemberAccessExpressionSyntax parent => parent.Expression == name && model.GetSymbolInfo(parent.Name).Symbol is INamedTypeSymbol,
            _ => false,
        };
        return leadsInside ? null : type?.OriginalDefinition;
    }

    private static string FolderOf(string project, string file)
        => Path.GetRelativePath(project, Path.GetDirectoryName(file)!).Replace(Path.DirectorySeparatorChar, '/');

    /// <summary>That a folder's code uses another's.</summary>
    /// <param name="From">The folder that uses.</param>
    /// <param name="To">The folder that is used.</param>
    /// <param name="Example">Where, as a sentence.</param>
    public sealed record Arrow(string From, string To, string Example);
}
