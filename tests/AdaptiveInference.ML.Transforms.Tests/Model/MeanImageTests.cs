using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Onnx;
using AdaptiveInference.ML.Transforms.Persistence;
using AdaptiveInference.ML.Transforms.Tests.Inference;
using AdaptiveInference.ML.Transforms.Tests.Scoring;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace AdaptiveInference.ML.Transforms.Tests.Model;

[TestClass]
public sealed class MeanImageTests
{
    private static readonly ImageShape Side = new(1, 12, 12);

    [TestMethod]
    public void For_TwiceTheSize_GoesInAQuarterAndThreeQuarters()
    {
        var mean = new MeanImage(new ImageShape(2, 1, 2), [0, 8, 4, 4]);

        CollectionAssert.AreEqual(new float[] { 0, 2, 6, 8, 4, 4, 4, 4 }, mean.For(new ImageShape(2, 1, 4)));
        CollectionAssert.AreEqual(new float[] { 4, 4, 4, 4 }, mean.For(new ImageShape(2, 2, 1)));
        CollectionAssert.AreEqual(new float[] { 0, 8, 4, 4 }, mean.For(new ImageShape(2, 1, 2)));
    }

    [TestMethod]
    public void For_RowsAndColumns_AreNotMixedUp()
    {
        var mean = new MeanImage(new ImageShape(1, 2, 3), [0, 1, 2, 10, 11, 12]);

        CollectionAssert.AreEqual(
            new float[] { 0, 1, 2, 2.5f, 3.5f, 4.5f, 7.5f, 8.5f, 9.5f, 10, 11, 12 }, mean.For(new ImageShape(1, 4, 3)));
    }

    [TestMethod]
    [DataRow(3)]
    [DataRow(5)]
    public void Create_OtherNumberOfValues_Throws(int count)
        => Assert.ThrowsExactly<ArgumentException>(() => new MeanImage(new ImageShape(1, 2, 2), new float[count]));

    [TestMethod]
    public void Create_NaN_Throws()
        => Assert.ThrowsExactly<ArgumentException>(() => new MeanImage(new ImageShape(1, 1, 2), [0, float.NaN]));

    [TestMethod]
    public void Statistics_OtherChannels_Throws()
        => Assert.ThrowsExactly<ArgumentException>(() => new ChannelStatistics([1, 2], [1, 1], new MeanImage(Side, new float[144])));

    /// <summary>The same network without one reads pixels from which it has been taken by hand.</summary>
    [TestMethod]
    [DataRow(12)]
    [DataRow(5)]
    public void Run_WithAMeanImage_IsAsIfItWereTakenOffBefore(int side)
    {
        var (model, pixels) = Model(side);
        var means = model.Channels.MeanImage!.For(Side);
        float[] less = [.. pixels.Zip(means, (pixel, mean) => pixel - mean)];
        var plain = new GatedResNetModel(
            model.Blocks, model.Weights, new ChannelStatistics([0], [50]), model.Classes, model.Policy);

        CollectionAssert.AreEqual(Run(plain, less), Run(model, pixels));
    }

    [TestMethod]
    public void Write_MeanImage_ReadsBackAndScoresTheSameBits()
    {
        var (model, pixels) = Model(5);
        var read = ModelArchive.Read(new BinaryReader(new MemoryStream(Bytes(model)))).Model;

        Assert.AreEqual(new ImageShape(1, 5, 5), read.Channels.MeanImage!.Shape);
        CollectionAssert.AreEqual(Run(model, pixels), Run(read, pixels));
        Assert.AreEqual(0x00010004u, ModelArchive.OldestReader(model));
    }

    [TestMethod]
    [DataRow("\"height\":5", "\"height\":1024", "its network needs ")]
    [DataRow("\"height\":5", "\"height\":1025", "its mean image of 1025×5 is larger than 1024×1024")]
    [DataRow("\"height\":5", "\"height\":4", "expected tensor 'mean_image' of 20 values, got 'mean_image' of 25")]
    [DataRow("\"height\":5", "\"height\":0", "Image shape must have ")]
    [DataRow("\"meanImage\":{\"height\":5,\"width\":5},", "", "its network has ")]
    public void Read_MeanImageOfAnotherSize_IsRefusedBeforeItIsMade(string part, string instead, string problem)
    {
        var parts = Persistence.Hostile.ModelParts.Of(Model(5).Model, TestModels.Columns);
        parts.Manifest = System.Text.Encoding.UTF8.GetBytes(System.Text.Encoding.UTF8.GetString(parts.Manifest).Replace(part, instead));
        var bytes = parts.ToBytes();
        var before = GC.GetAllocatedBytesForCurrentThread();

        var error = Assert.ThrowsExactly<FormatException>(() => ModelArchive.Read(new BinaryReader(new MemoryStream(bytes))));

        Assert.StartsWith("This is not a complete AdaptiveInference.ML model: " + problem, error.Message);
        Assert.IsLessThan(8 << 20, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    [DataRow(12)]
    [DataRow(5)]
    public void Export_MeanImage_IsSubtractedInOnnxRuntimeToo(int side)
    {
        var (model, pixels) = Model(side);
        using var session = new InferenceSession(OnnxExporter.Export(model).ToByteArray());
        using var outputs = session.Run([NamedOnnxValue.CreateFromTensor("image", new DenseTensor<float>(pixels, [1, 1, 12, 12]))]);
        var expected = outputs.Single(output => output.Name == "score").AsEnumerable<float>().ToArray();

        var actual = Run(model, pixels);

        for (var i = 0; i < actual.Length; i++)
        {
            Assert.AreEqual(expected[i], actual[i], 1e-4);
        }
    }

    private static (GatedResNetModel Model, float[] Pixels) Model(int side)
    {
        var network = new RandomNetwork(TestModels.Spec(NetworkKind.ResNet), 5);
        var random = new Random(6);
        var mean = new MeanImage(
            new ImageShape(1, side, side), [.. Enumerable.Range(0, side * side).Select(_ => 200 * random.NextSingle())]);
        var model = new GatedResNetModel(
            network.Plan, network.Weights, new ChannelStatistics([100], [50], mean), ClassLabels.OfNames(TestModels.Names),
            ScoringPolicy.Default);
        return (model, network.Image());
    }

    private static byte[] Bytes(GatedResNetModel model)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true))
        {
            ModelArchive.Write(writer, model, TestModels.Columns);
        }

        return stream.ToArray();
    }

    private static float[] Run(GatedResNetModel model, float[] pixels)
    {
        var probabilities = new float[model.Spec.Classes];
        InferencePlan.Compile(model.Blocks, model.Weights, model.Channels)
            .Run(pixels, model.Policy, probabilities, new ExecutionTrace(model.Blocks.Blocks.Count));
        return probabilities;
    }
}
