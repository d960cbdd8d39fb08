using System.Reflection;

namespace AdaptiveInference.ML.Tests.Layering;

/// <summary>Arrows fall: a folder uses only the folders before it in these lists, in both assemblies, subfolders included.</summary>
[TestClass]
public sealed class LayeringTests
{
    /// <summary>From what uses nothing of the project to what uses everything.</summary>
    internal static readonly string[] Scoring =
    [
        "Interop", "Files", "Limits", "Diagnostics", "Architectures", "Cost", "Model", "Options", "Images",
        "Inference/Folding", "Inference/Simd", "Inference/Memory",
        "Inference/Kernels", "Inference/Kernels/Tiles", "Inference/Kernels/Linear", "Inference/Kernels/Direct",
        "Inference/Kernels/Winograd", "Inference/Kernels/EightBit",
        "Inference/Compiled", "Inference/Execution",
        "Persistence", "PyTorch", "Onnx/Import", "Onnx", "Statistics", "Budget", "Promises", "Quantisation", "Drift", "Scoring",
        "Evaluation", "Cascade", "ExitHeads", "Serving",
        FolderArrows.RootFolder,
    ];

    /// <summary>From what uses nothing but the scoring assembly to what uses everything.</summary>
    internal static readonly string[] Training =
    [
        "Packages", "Options", "LibTorch", "Layers", "Gates", "Samplers", "Networks",
        "Training/Data", "Training/Recipes", "Training/Optimisation", "Training/FineTuning",
        "Training/Checkpoints", "Training/Loop",
        "Reports/Drawing", "Reports/Data", "Reports/Sections", "Reports", FolderArrows.RootFolder,
    ];

    [TestMethod]
    public void Folders_OfTheScoringAssembly_UseOnlyTheFoldersBeforeThem()
        => AssertFalling(Scoring, Source("Transforms"), "AdaptiveInference.ML.Transforms");

    [TestMethod]
    public void Folders_OfTheTrainingAssembly_UseOnlyTheFoldersBeforeThem()
        => AssertFalling(Training, Source("AdaptiveInference.ML"), "AdaptiveInference.ML");

    /// <summary>What stands between <c>#if</c> and <c>#endif</c> might not be compiled here, and its arrows would not be seen.</summary>
    [TestMethod]
    [DataRow("Transforms")]
    [DataRow("AdaptiveInference.ML")]
    public void Sources_HaveNoConditionalCode(string project)
    {
        var conditional = FolderArrows.Sources(Source(project))
            .Where(file => File.ReadLines(file).Any(line => line.TrimStart().StartsWith("#if", StringComparison.Ordinal)));

        CollectionAssert.AreEqual(Array.Empty<string>(), conditional.ToArray());
    }

    [TestMethod]
    public void Faults_FolderThatIsNew_IsNamed()
        => CollectionAssert.AreEqual(new[] { "Low is not in the list of folders." }, Faults(["High", "."], Small()));

    [TestMethod]
    public void Faults_FolderThatIsGone_IsNamed()
        => CollectionAssert.AreEqual(new[] { "Old holds no source." }, Faults(["Low", "Old", "High", "."], Small()));

    [TestMethod]
    public void Faults_ArrowThatRises_IsNamed()
        => CollectionAssert.AreEqual(
            new[] { "High uses Low, which stands after it: Top.cs uses Bottom." }, Faults(["High", "Low", "."], Small()));

    [TestMethod]
    public void Faults_ArrowsThatFall_AreNone() => CollectionAssert.AreEqual(Array.Empty<string>(), Faults(["Low", "High", "."], Small()));

    private static void AssertFalling(string[] order, string project, string assembly)
    {
        var arrows = FolderArrows.Read(project, assembly);
        var faults = Faults(order, arrows);

        Assert.IsEmpty(faults, string.Join(Environment.NewLine, faults));
        Assert.IsGreaterThan(order.Length, arrows.Arrows.Count, "Hardly any arrow was found: the sources were not understood.");
    }

    private static string[] Faults(string[] order, FolderArrows found)
    {
        var unknown = found.Folders.Except(order).Select(folder => $"{folder} is not in the list of folders.");
        var gone = order.Except(found.Folders).Select(folder => $"{folder} holds no source.");
        var rising = found.Arrows
            .Where(arrow => order.Contains(arrow.From) && order.Contains(arrow.To))
            .Where(arrow => Array.IndexOf(order, arrow.To) > Array.IndexOf(order, arrow.From))
            .Select(arrow => $"{arrow.From} uses {arrow.To}, which stands after it: {arrow.Example}.");
        return [.. unknown, .. gone, .. rising];
    }

    /// <summary>A project of three files in which High uses Low without a using, through a namespace around both.</summary>
    private static FolderArrows Small()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            Write("Root.cs", "namespace A; internal static class Root { public static object Make() => new A.High.Top(); }");
            Write("High/Top.cs", "namespace A.High { internal sealed class Top { public object Made => Low.Bottom.Make(); } }");
            Write("Low/Bottom.cs", "namespace A.Low { internal static class Bottom { public static object Make() => new object(); } }");
            return FolderArrows.Read(folder.FullName, "A");
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        void Write(string path, string source)
        {
            var file = Path.Combine(folder.FullName, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, source);
        }
    }

    /// <summary>The sources, which stand beside the tests in any checkout.</summary>
    private static string Source(string project) => Path.Combine(
        typeof(LayeringTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "SourceRoot").Value!, "src",
        project);
}
