using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace AdaptiveInference.ML.Transforms.Tests.PyTorch;

/// <summary>torchvision's channel statistics are those of pixels from 0 to 1.</summary>
[TestClass]
public sealed class ChannelScaleTests
{
    private const string Problem =
        "channel means [0.485, 0.456, 0.406] and standard deviations [0.229, 0.224, 0.225], which are those of pixels from 0 to 1. "
        + "Image files and MLImages have pixels from 0 to 255: for them import the network with ChannelMean and ChannelStandardDeviation "
        + "multiplied by 255. For pixels from 0 to 1 in a Vector<Single> column the values are right as they are.";

    private static readonly float[] Mean = [0.485f, 0.456f, 0.406f];
    private static readonly float[] Deviation = [0.229f, 0.224f, 0.225f];

    [TestMethod]
    public void ImportPyTorch_StatisticsOfTorchvision_WarnsOnceWithTheFactor()
        => CollectionAssert.AreEqual(new[] { "The network is imported with " + Problem }, Warnings(Mean, Deviation));

    [TestMethod]
    [DataRow(0f, 1f, false)]
    [DataRow(0.5f, 1f, true)]
    [DataRow(0f, 0.5f, true)]
    [DataRow(-1f, 1f, true)]
    [DataRow(123f, 1f, false)]
    [DataRow(0f, 255f, false)]
    [DataRow(0.5f, 58f, false)]
    public void ImportPyTorch_Statistics_WarnsOnlyOfTheSmallerScale(float mean, float deviation, bool warns)
        => Assert.HasCount(warns ? 1 : 0, Warnings([mean, mean, mean], [deviation, deviation, deviation]));

    [TestMethod]
    public void ImportPyTorch_NoStatistics_WarnsOfNothing() => Assert.IsEmpty(Warnings(null, null));

    [TestMethod]
    public void Transform_ImageFilesWithStatisticsOfTorchvision_Throws()
    {
        var context = new MLContext(1);
        using var network = Import(context, Mean, Deviation);
        var data = context.Data.LoadFromEnumerable(new[] { new Encoded() });

        var exception = Assert.ThrowsExactly<ArgumentException>(() => network.Transform(data));

        Assert.AreEqual(
            "Column 'Features' of type Vector<Byte> has pixels from 0 to 255, but the network has " + Problem, exception.Message);
        Assert.ThrowsExactly<ArgumentException>(() => network.GetOutputSchema(data.Schema));
        Assert.ThrowsExactly<ArgumentException>(
            () => context.Transforms.AdaptiveFeatures("Pooled", network).Fit(data).Transform(data));
    }

    [TestMethod]
    public void Transform_MLImagesWithStatisticsOfTorchvision_Throws()
    {
        var context = new MLContext(1);
        using var network = Import(context, Mean, Deviation);

        var exception = Assert.ThrowsExactly<ArgumentException>(
            () => network.Transform(context.Data.LoadFromEnumerable(Array.Empty<Picture>())));

        StringAssert.EndsWith(exception.Message, "has pixels from 0 to 255, but the network has " + Problem);
    }

    [TestMethod]
    public void Transform_ImageFilesWithStatisticsOfTheirScale_AreBound()
    {
        var context = new MLContext(1);
        using var network = Import(context, [.. Mean.Select(mean => mean * 255)], [.. Deviation.Select(deviation => deviation * 255)]);

        Assert.IsNotNull(network.Transform(context.Data.LoadFromEnumerable(new[] { new Encoded() })).Schema.GetColumnOrNull("Score"));
    }

    [TestMethod]
    [DataRow(0.3f, 0.4583f, true)]
    [DataRow(0.02f, 0.6f, true)]
    [DataRow(0f, 0.1f, true)]
    [DataRow(0.5f, 0.5f, false)]
    [DataRow(0.4914f, 0.2023f, false)]
    [DataRow(-0.1f, 1f, false)]
    public void Transform_ImageFiles_AreBoundWhereWholePixelsCanHaveTheStatistics(float mean, float deviation, bool isBound)
    {
        var context = new MLContext(1);
        using var network = Import(context, [mean, mean, mean], [deviation, deviation, deviation]);
        var data = context.Data.LoadFromEnumerable(new[] { new Encoded() });

        if (isBound)
        {
            Assert.IsNotNull(network.Transform(data).Schema.GetColumnOrNull("Score"));
        }
        else
        {
            Assert.ThrowsExactly<ArgumentException>(() => network.Transform(data));
        }
    }

    [TestMethod]
    public void Transform_VectorOfPixelsFromZeroToOne_ScoresAsThatOf255WithTheFactor()
    {
        var context = new MLContext(1);
        using var small = Import(context, Mean, Deviation);
        using var large = Import(context, [.. Mean.Select(mean => mean * 255)], [.. Deviation.Select(deviation => deviation * 255)]);
        var pixels = Enumerable.Range(0, 3 * 32 * 32).Select(i => (float)(i * 37 % 256)).ToArray();

        var expected = Score(context, large, pixels);
        var actual = Score(context, small, [.. pixels.Select(pixel => pixel / 255)]);

        for (var i = 0; i < expected.Length; i++)
        {
            Assert.AreEqual(expected[i], actual[i], 1e-4f, $"class {i}");
        }
    }

    private static float[] Score(MLContext context, GatedResNetTransformer network, float[] pixels)
        => network.Transform(context.Data.LoadFromEnumerable(new[] { new Row { Features = pixels } })).GetColumn<float[]>("Score").Single();

    private static GatedResNetTransformer Import(MLContext context, float[]? mean, float[]? deviation)
    {
        var fixture = Fixture.Read("convnet_aig20", NetworkKind.ConvNetAig, GateKind.Recurrent);
        return context.Model.ImportPyTorch(fixture.Path, fixture.Options with { ChannelMean = mean, ChannelStandardDeviation = deviation });
    }

    private static string[] Warnings(float[]? mean, float[]? deviation)
    {
        var context = new MLContext(1);
        var warnings = new List<string>();
        context.Log += (_, message) =>
        {
            if (message.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning)
            {
                warnings.Add(message.RawMessage);
            }
        };
        Import(context, mean, deviation).Dispose();
        return [.. warnings];
    }

    private sealed class Row
    {
        [VectorType(3, 32, 32)]
        public float[] Features { get; set; } = [];
    }

    private sealed class Encoded
    {
        public byte[] Features { get; set; } = [];
    }

    private sealed class Picture
    {
        [ImageType(32, 32)]
        public MLImage? Features { get; set; }
    }
}
