using System.Reflection;

namespace AdaptiveInference.ML.Transforms.Tests;

/// <summary>What the scoring assembly may lean on.</summary>
[TestClass]
public sealed class DependencyTests
{
    [TestMethod]
    public void Assembly_References_AreWithoutTorchSharp()
    {
        var names = typeof(GatedResNetTransformer).Assembly.GetReferencedAssemblies().Select(name => name.Name).ToArray();

        Assert.IsFalse(names.Any(name => name!.Contains("Torch", StringComparison.OrdinalIgnoreCase)), string.Join(", ", names));
        CollectionAssert.DoesNotContain(names, "AdaptiveInference.ML");
    }

    [TestMethod]
    public void Sources_InternalsOfMlNet_AreUsedOnlyByPersistenceShapesAndCatalogs()
    {
        string[] allowed = ["Interop", "Persistence", "Scoring", "Cascade", "ExitHeads"];
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
        var folder = typeof(DependencyTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(a => a.Key == "SourceRoot").Value!;
        return Path.Combine(folder, "src", "Transforms");
    }
}
