using System.Reflection;
using System.Text.RegularExpressions;

namespace AdaptiveInference.ML.Transforms.Tests;

/// <summary>Data flows one way: a folder uses only the folders before it.</summary>
[TestClass]
public sealed partial class LayeringTests
{
    /// <summary>From what uses nothing to what uses everything. Interop, Files and Images.SchemaErrors stand beside: anyone may use
    /// them.</summary>
    private static readonly string[] Layers =
        ["Interop", "Files", "Architectures", "Cost", "Images", "Inference", "Persistence", "Onnx", "Scoring", "Evaluation", "PyTorch"];

    [TestMethod]
    public void Assembly_References_AreWithoutTorchSharp()
    {
        var names = typeof(GatedResNetTransformer).Assembly.GetReferencedAssemblies().Select(name => name.Name).ToArray();

        Assert.IsFalse(names.Any(name => name!.Contains("Torch", StringComparison.OrdinalIgnoreCase)), string.Join(", ", names));
        CollectionAssert.DoesNotContain(names, "AdaptiveInference.ML");
    }

    [TestMethod]
    public void Sources_EveryUsing_PointsDownTheLayers()
    {
        var root = Root();
        var wrong = new List<string>();
        foreach (var folder in Layers)
        {
            var path = Path.Combine(root, folder);
            foreach (var file in Directory.Exists(path) ? Directory.GetFiles(path, "*.cs", SearchOption.AllDirectories) : [])
            {
                wrong.AddRange(UsedFolder().Matches(File.ReadAllText(file))
                    .Select(match => match.Groups[1].Value)
                    .Where(used => Array.IndexOf(Layers, used) > Array.IndexOf(Layers, folder))
                    .Select(used => $"{Path.GetRelativePath(root, file)} uses {used}"));
            }
        }

        Assert.IsEmpty(wrong, string.Join(Environment.NewLine, wrong));
    }

    [TestMethod]
    public void Sources_InternalsOfMlNet_AreUsedOnlyByPersistenceShapesAndCatalogs()
    {
        string[] allowed = ["Interop", "Persistence", "Scoring"];
        var root = Root();
        var users = Directory.GetFiles(root, "*.cs", SearchOption.AllDirectories)
            .Where(file => File.ReadAllText(file).Contains("using AdaptiveInference.ML.Transforms.Interop", StringComparison.Ordinal))
            .Select(file => Path.GetRelativePath(root, file))
            .Where(file => file.Contains(Path.DirectorySeparatorChar) && !allowed.Contains(file.Split(Path.DirectorySeparatorChar)[0]))
            .ToArray();

        Assert.IsEmpty(users, string.Join(", ", users));
    }

    /// <summary>The sources, which stand beside the tests in any checkout.</summary>
    private static string Root()
    {
        var folder = typeof(LayeringTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "SourceRoot").Value!;
        return Path.Combine(folder, "src", "Transforms");
    }

    [GeneratedRegex(@"^using AdaptiveInference\.ML\.Transforms\.([A-Za-z]+)", RegexOptions.Multiline)]
    private static partial Regex UsedFolder();
}
