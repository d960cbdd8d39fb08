using ModelBuilderStyle;
using Spectre.Console.Testing;

namespace AdaptiveInference.ML.Tests.Samples;

[TestClass]
public sealed class SampleTests
{
    [TestMethod]
    public void Run_TinyFolderTree_TrainsEvaluatesSavesAndReloads()
    {
        var folder = Directory.CreateTempSubdirectory("sample-");
        try
        {
            Write(folder, "dark", 40);
            Write(folder, "bright", 200);
            using var console = new TestConsole { Profile = { Width = 200 } };
            var line = CommandLine.Parse(["--data", folder.FullName, "--epochs", "2", "--depth", "8", "--cross-validate", "2"]);

            var equal = new Sample(console, line, CancellationToken.None).Run();

            Assert.IsTrue(equal, console.Output);
            StringAssert.StartsWith(console.Output, "64 training and 16 test images (class folders, read as 3×32×32)");
            StringAssert.Contains(console.Output, "Cross-validation, part 2 of 2");
            StringAssert.Contains(console.Output, "Loaded it again: 16 of 16 predictions are equal to the last bit");
            StringAssert.Contains(console.Output, "One at a time through PredictionEngine: 16 of 16 are equal to the last bit");
            var report = console.Output.Split('\n').Single(text => text.StartsWith("A report to look at: ", StringComparison.Ordinal));
            StringAssert.Contains(File.ReadAllText(report["A report to look at: ".Length..].Trim()), "<bdi class=\"name\">bright</bdi>");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [TestMethod]
    public void Run_CancelledToken_Throws()
    {
        var folder = Directory.CreateTempSubdirectory("sample-");
        try
        {
            Write(folder, "dark", 40);
            Write(folder, "bright", 200);
            using var console = new TestConsole();
            var sample = new Sample(console, CommandLine.Parse(["--data", folder.FullName, "--depth", "8"]), new CancellationToken(true));

            Assert.Throws<OperationCanceledException>(() => sample.Run());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Write(DirectoryInfo folder, string label, int level)
    {
        var random = new Random(level);
        var sub = folder.CreateSubdirectory(label);
        for (var i = 0; i < 40; i++)
        {
            var pixels = new byte[3 * 8 * 8];
            for (var p = 0; p < pixels.Length; p++)
            {
                pixels[p] = (byte)(level + random.Next(-40, 41));
            }

            File.WriteAllBytes(Path.Combine(sub.FullName, $"{i:00}.bmp"), ModelBuilderStyle.ImageData.BitmapFile.Encode(pixels, 3, 8, 8));
        }
    }
}
