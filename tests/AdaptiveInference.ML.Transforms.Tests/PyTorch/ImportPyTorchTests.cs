using Microsoft.ML;
using Microsoft.ML.Data;
using ResizingKind = Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind;

namespace AdaptiveInference.ML.Transforms.Tests.PyTorch;

[TestClass]
public sealed class ImportPyTorchTests
{
    private const float Tolerance = 1e-4f;

    public static IEnumerable<object[]> Networks =>
    [
        ["skipnet20_recurrent", NetworkKind.SkipNet, GateKind.Recurrent],
        ["skipnet20_ffgate1", NetworkKind.SkipNet, GateKind.FeedForwardI],
        ["skipnet20_ffgate2", NetworkKind.SkipNet, GateKind.FeedForwardII],
        ["convnet_aig20", NetworkKind.ConvNetAig, GateKind.Recurrent],
    ];

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void ImportPyTorch_OriginalNetwork_ScoresAsTheOriginalInEveryWay(string name, NetworkKind network, GateKind gate)
    {
        var fixture = Fixture.Read(name, network, gate);
        var context = new MLContext(1);
        var rows = Enumerable.Range(0, 40 * Fixture.Images).Select(i => new Row { Features = fixture.Image(i % Fixture.Images) }).ToArray();
        var data = context.Data.LoadFromEnumerable(rows);
        using var imported = context.Model.ImportPyTorch(fixture.Path, fixture.Options);
        using var folder = new TemporaryFolder();
        context.Model.Save(imported, data.Schema, folder.File("model.zip"));
        var reloaded = new MLContext().Model.Load(folder.File("model.zip"), out _);

        Check(fixture, Read(context, imported.Transform(data)));
        Check(fixture, Read(context, reloaded.Transform(data)));
        Check(fixture, Read(context, imported.Transform(context.Data.TakeRows(data, 1))));
        using var engine = context.Model.CreatePredictionEngine<Row, Scored>(reloaded);
        Check(fixture, [.. rows.Take(Fixture.Images).Select(engine.Predict)]);
    }

    [TestMethod]
    public void ImportPyTorch_ClassNames_NameScoresAndPredictedLabels()
    {
        var fixture = Fixture.Read("convnet_aig20", NetworkKind.ConvNetAig, GateKind.Recurrent);
        var context = new MLContext(1);
        using var imported = context.Model.ImportPyTorch(fixture.Path, fixture.Options);
        var data = context.Data.LoadFromEnumerable(new[] { new Row { Features = fixture.Image(0) } });

        var predicted = context.Transforms.Conversion.MapKeyToValue("PredictedLabel")
            .Fit(imported.Transform(data)).Transform(imported.Transform(data));

        var probabilities = fixture.Probabilities(0);
        var expected = "class" + Array.IndexOf(probabilities, probabilities.Max());
        Assert.AreEqual(expected, predicted.GetColumn<string>("PredictedLabel").Single());
        CollectionAssert.AreEqual(fixture.Options.ClassNames!.ToArray(), imported.ClassNames.ToArray());
    }

    [TestMethod]
    public void ImportPyTorch_NoClassNames_CountsClasses()
    {
        var fixture = Fixture.Read("convnet_aig20", NetworkKind.ConvNetAig, GateKind.Recurrent);

        using var imported = new MLContext(1).Model.ImportPyTorch(fixture.Path, fixture.Options with { ClassNames = null });

        CollectionAssert.AreEqual(Enumerable.Range(0, 10).Select(i => $"class {i}").ToArray(), imported.ClassNames.ToArray());
    }

    [TestMethod]
    public void ImportPyTorch_Resizing_IsTheModels()
    {
        var fixture = Fixture.Read("convnet_aig20", NetworkKind.ConvNetAig, GateKind.Recurrent);
        var context = new MLContext(1);
        using var squashing = context.Model.ImportPyTorch(fixture.Path, fixture.Options);
        using var padding = context.Model.ImportPyTorch(fixture.Path, fixture.Options with { Resizing = ResizingKind.IsoPad });

        Assert.AreEqual((ResizingKind.Fill, ResizingKind.IsoPad), (squashing.Resizing, padding.Resizing));
    }

    [TestMethod]
    public void ImportPyTorch_OtherColumnNames_AreUsed()
    {
        var fixture = Fixture.Read("convnet_aig20", NetworkKind.ConvNetAig, GateKind.Recurrent);
        var context = new MLContext(1);
        using var imported = context.Model.ImportPyTorch(fixture.Path, fixture.Options with
        {
            ScoreColumnName = "Probability", PredictedLabelColumnName = "Class", ExecutionPathColumnName = null,
            ComputeFractionColumnName = "Cost",
        });

        var schema = imported.GetOutputSchema(context.Data.LoadFromEnumerable(Array.Empty<Row>()).Schema);

        Assert.AreEqual("Features, Probability, Class, Cost", string.Join(", ", schema.Select(column => column.Name)));
    }

    [TestMethod]
    public void ImportPyTorch_ImagesLargerThanTheLimits_ThrowsBeforeTheFileIsOpened()
    {
        var options = new PyTorchImportOptions { ClassNames = ["a", "b"], ImageShape = new ImageShape(3, 4096, 4096) };

        var exception = Assert.Throws<ArgumentException>(() => new MLContext().Model.ImportPyTorch("any.safetensors", options));

        Assert.AreEqual(
            "ResNet-38 (CIFAR) for images of 3×4096×4096 and 2 classes needs 1,364,457,422,976 multiply–accumulates for an image, and "
            + "ResourceLimits.MaximumNetworkMacs allows 64,000,000,000. Use smaller images or a smaller network, or raise the limit if you "
            + "trust where this comes from.",
            exception.Message);
    }

    [TestMethod]
    public void ImportPyTorch_OneColumnNameTwice_Throws()
    {
        var options = new PyTorchImportOptions { ClassNames = ["a", "b"], ScoreColumnName = "Class", PredictedLabelColumnName = "Class" };

        var exception = Assert.ThrowsExactly<ArgumentException>(() => new MLContext().Model.ImportPyTorch("any.safetensors", options));

        Assert.AreEqual(
            "The import options are not usable. Output columns must have different names, got 'Class' for Score and PredictedLabel.",
            exception.Message);
    }

    [TestMethod]
    public void ImportPyTorch_OutputNamedAsTheImages_Throws()
    {
        var options = new PyTorchImportOptions { ClassNames = ["a", "b"], FeatureColumnName = "Image", ScoreColumnName = "Image" };

        var exception = Assert.ThrowsExactly<ArgumentException>(() => new MLContext().Model.ImportPyTorch("any.safetensors", options));

        Assert.AreEqual(
            "The import options are not usable. ScoreColumnName must not be 'Image', which holds the images and would be hidden. Choose "
            + "another name.",
            exception.Message);
    }

    private static void Check(Fixture fixture, IReadOnlyList<Scored> outputs)
    {
        Assert.IsNotEmpty(outputs);
        for (var row = 0; row < outputs.Count; row++)
        {
            var image = row % Fixture.Images;
            var expected = fixture.Probabilities(image);
            for (var i = 0; i < expected.Length; i++)
            {
                Assert.AreEqual(expected[i], outputs[row].Score[i], Tolerance, $"row {row}, class {i}");
            }

            // SkipNet's first block has no gate and always runs.
            var gates = fixture.GatesOpen(image);
            var path = outputs[row].ExecutionPath.Select(ran => ran == 1f).ToArray();
            CollectionAssert.AreEqual(gates, path[^gates.Length..], $"row {row}");
        }
    }

    private static List<Scored> Read(MLContext context, IDataView data)
        => [.. context.Data.CreateEnumerable<Scored>(data, reuseRowObject: false)];

    private sealed class Row
    {
        [VectorType(3, 32, 32)]
        public float[] Features { get; set; } = [];
    }

    private sealed class Scored
    {
        public float[] Score { get; set; } = [];

        public float[] ExecutionPath { get; set; } = [];
    }
}
