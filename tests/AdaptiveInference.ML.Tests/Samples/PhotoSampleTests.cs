using AdaptiveInference.ML.Transforms;
using Microsoft.ML;
using ModelBuilderStyle;
using Spectre.Console.Testing;

namespace AdaptiveInference.ML.Tests.Samples;

[TestClass]
public sealed class PhotoSampleTests
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("photos-");

    [TestCleanup]
    public void Delete() => _folder.Delete(recursive: true);

    [TestMethod]
    public void Run_TinyFolder_FitsEvaluatesSavesReloadsAndReports()
    {
        Write("dark", 40, 40);
        Write("bright", 200, 40);
        File.WriteAllText(Path.Combine(_folder.FullName, "dark", "notes.txt"), "");
        using var console = new TestConsole { Profile = { Width = 300 } };

        var equal = Sample(console).Run();

        Assert.IsTrue(equal, console.Output);
        StringAssert.StartsWith(console.Output, "64 training and 16 test images (class folders)\n");
        StringAssert.Contains(console.Output, "Left out what is no image that can be read: 1 file .txt");
        StringAssert.Contains(console.Output, "A pretrained network of 3 blocks, which reads them as 3×32×32");
        StringAssert.Contains(console.Output, "64 of 64 images through the network");
        StringAssert.Contains(console.Output, "heads on 64 images fitted");
        StringAssert.Contains(console.Output, "Test accuracy 1.0000");
        StringAssert.Contains(console.Output, "  at most 0.60  took 0.41  accuracy 1.000\n");
        StringAssert.Contains(console.Output, "Loaded it again: 16 of 16 predictions are equal to the last bit");
        StringAssert.Contains(console.Output, "One at a time through PredictionEngine: 16 of 16 are equal to the last bit");
        var report = console.Output.Split('\n').Single(text => text.StartsWith("A report to look at: ", StringComparison.Ordinal));
        StringAssert.Contains(File.ReadAllText(report["A report to look at: ".Length..].Trim()), "<bdi class=\"name\">bright</bdi>");
    }

    [TestMethod]
    public void Run_FineTune_TrainsTheNetworkOnWithItsExits()
    {
        Write("dark", 40, 20);
        Write("bright", 200, 20);
        using var console = new TestConsole { Profile = { Width = 300 } };

        var equal = Sample(console, "--finetune", "--epochs", "2").Run();

        Assert.IsTrue(equal, console.Output);
        StringAssert.Contains(console.Output, "heads on 24 images fitted");
        StringAssert.Contains(console.Output, "  epoch  2/2");
        StringAssert.Contains(console.Output, "Loaded it again: 8 of 8 predictions are equal to the last bit");
    }

    [TestMethod]
    [DataRow("dark")]
    [DataRow("bright")]
    public void Run_ImageThatCannotBeRead_NamesItsFile(string label)
    {
        Write("dark", 40, 10);
        Write("bright", 200, 10);
        foreach (var file in Directory.GetFiles(Path.Combine(_folder.FullName, label)))
        {
            File.WriteAllText(file, "no image");
        }

        using var console = new TestConsole { Profile = { Width = 300 } };

        var error = Assert.ThrowsExactly<InvalidDataException>(() => Sample(console).Run());

        StringAssert.StartsWith(error.Message, Path.Combine(_folder.FullName, label));
    }

    [TestMethod]
    public void Run_CancelledToken_Throws()
    {
        Write("dark", 40, 10);
        Write("bright", 200, 10);
        using var console = new TestConsole();
        var line = CommandLine.Parse(["--pretrained", "--data", _folder.FullName]);

        Assert.Throws<OperationCanceledException>(() => new PhotoSample(console, line, new CancellationToken(true), Backbone).Run());
    }

    [TestMethod]
    public void Display_InteractiveConsole_DrawsABarAndReturnsTheResult()
    {
        using var console = new TestConsole { Profile = { Width = 120 } };
        console.Interactive().EmitAnsiSequences();

        Assert.AreEqual(7, HeadsDisplay.Run(console, 10, _ => 7));
    }

    private PhotoSample Sample(TestConsole console, params string[] arguments)
        => new(console, CommandLine.Parse(["--pretrained", "--data", _folder.FullName, .. arguments]), CancellationToken.None, Backbone);

    // A network with the shape of a pretrained one; that its weights are good for little is enough for dark and bright.
    private static GatedResNetTransformer Backbone(MLContext mlContext)
    {
        var data = mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 20).Select(i => new PhotoClassifier.ModelInput
        {
            Label = i % 2 == 0 ? "left" : "right", ImageSource = Picture(i % 2 == 0 ? 90 : 160, i),
        }).ToList());
        return mlContext.Transforms.Conversion.MapValueToKey("Label")
            .Append(mlContext.MulticlassClassification.Trainers.ResNet(new ResNetTrainer.Options
            {
                FeatureColumnName = "ImageSource", ImageShape = new ImageShape(3, 32, 32), Architecture = ResNetArchitecture.Cifar(8),
                Epochs = 1, BatchSize = 4,
            }))
            .Fit(data).LastTransformer;
    }

    private void Write(string label, int level, int count)
    {
        var sub = _folder.CreateSubdirectory(label);
        for (var i = 0; i < count; i++)
        {
            File.WriteAllBytes(Path.Combine(sub.FullName, $"{i:00}.bmp"), Picture(level, i));
        }
    }

    private static byte[] Picture(int level, int seed)
    {
        var random = new Random(seed);
        var pixels = new byte[3 * 8 * 8];
        for (var p = 0; p < pixels.Length; p++)
        {
            pixels[p] = (byte)(level + random.Next(-40, 41));
        }

        return ModelBuilderStyle.ImageData.BitmapFile.Encode(pixels, 3, 8, 8);
    }
}
