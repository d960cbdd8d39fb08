using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Persistence;
using AdaptiveInference.ML.Transforms.Tests.Inference;
using AdaptiveInference.ML.Transforms.Tests.Persistence.Hostile;
using AdaptiveInference.ML.Transforms.Tests.Scoring;
using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Tests.Persistence;

[TestClass]
public sealed class HostileModelTests
{
    private static readonly byte[] Body = WriteBody();

    [TestMethod]
    public void Read_TruncatedAnywhere_IsRefusedInOneSentence()
    {
        var random = new Random(4);
        foreach (var length in Enumerable.Range(0, 60).Concat(Enumerable.Range(0, 60).Select(_ => random.Next(Body.Length))))
        {
            var error = Assert.ThrowsExactly<FormatException>(() => Read(Body.AsSpan(0, length).ToArray()));
            StringAssert.StartsWith(error.Message, "This is not a complete AdaptiveInference.ML model: ");
        }
    }

    [TestMethod]
    public void Read_AnyByteAltered_IsRefused()
    {
        var random = new Random(5);
        var places = Enumerable.Range(0, 600).Concat(Enumerable.Range(0, 300).Select(_ => random.Next(Body.Length)));
        foreach (var place in places)
        {
            var altered = (byte[])Body.Clone();
            altered[place] ^= (byte)(1 << random.Next(8));

            Assert.ThrowsExactly<FormatException>(() => Read(altered), $"byte {place}");
        }
    }

    [TestMethod]
    [DataRow(-1)]
    [DataRow(int.MaxValue)]
    [DataRow(60_000_000)]
    public void Read_ManifestOfAbsurdLength_AllocatesNothingLarge(int length)
    {
        var altered = (byte[])Body.Clone();
        BinaryPrimitives.WriteInt32LittleEndian(altered, length);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.ThrowsExactly<FormatException>(() => Read(altered));

        Assert.IsLessThan(1_000_000L, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    [DataRow("int8_ranges", 0, 1f, "Range 0 for 8 bits goes from 1 to 0")]
    [DataRow("int8_ranges", 1, -3e38f, "Range 0 for 8 bits goes from 0 to -3E+38")]
    [DataRow("int8_ranges", 1, 3e38f, "Range 0 for 8 bits goes from 0 to 3E+38")]
    [DataRow("int8_ranges", 1, float.PositiveInfinity, "NaN or infinite values")]
    [DataRow("int8_ranges", 1, null, "more bytes and")]
    [DataRow("int8_convolutions", 2, 0.5f, "in 8 bits or is not, 1 or 0, got 0.5")]
    [DataRow("int8_convolutions", 0, -1f, "in 8 bits or is not, 1 or 0, got -1")]
    [DataRow("int8_convolutions", 0, float.NaN, "NaN or infinite values")]
    [DataRow("int8_convolutions", 0, null, "more bytes and")]
    [DataRow("int8_biases", 3, float.NegativeInfinity, "NaN or infinite values")]
    [DataRow("int8_biases", 0, null, "more bytes and")]
    public void Read_EightBitsThatCannotBe_AreRefused(string name, int place, float? value, string expected)
    {
        var model = TestModels.Model(TestModels.Spec());
        var set = new Int8Set(model.Blocks, new float[Int8Set.Convolutions(model.Blocks)]);
        var biases = new Int8Biases(model.Blocks, new float[Int8Biases.Count(model.Blocks)]);
        var ranges = new Int8Ranges(
            model.Blocks, new float[2 * Int8Ranges.Count(model.Blocks)], set, biases, RandomRanges.Calibration);
        var parts = ModelParts.Of(model.With(ranges), TestModels.Columns);
        Assert.AreEqual(RandomRanges.Calibration, Read(parts.ToBytes()).Model.Int8!.Calibration);

        if (value is { } number)
        {
            parts.Tensors.Single(tensor => tensor.Name == name).Values[place] = number;
        }
        else
        {
            parts.Tensors.RemoveAll(tensor => tensor.Name == name);
        }

        var error = Assert.ThrowsExactly<FormatException>(() => Read(parts.ToBytes()));

        StringAssert.Contains(error.Message, expected);
    }

    [TestMethod]
    [DataRow("class_distances.0", -1f, "holds negative values")]
    [DataRow("class_means.0", float.NaN, "NaN or infinite values")]
    [DataRow("class_means.0", null, "more bytes and")]
    public void Read_DistancesThatCannotBe_AreRefused(string name, float? value, string expected)
    {
        var model = TestModels.Model(TestModels.Spec());
        var distances = new ClassDistances([new HeadDistances(new float[4 * 64], new float[64])]);
        var refusal = new RefusalGuarantee
        {
            Score = RefusalScore.Distance, Threshold = 0.5f, Rows = 100, Accepted = 50, MaximumRisk = 0.1, Confidence = 0.9,
        };
        var parts = ModelParts.Of(model.With(null, refusal, distances), TestModels.Columns with { Accepted = "Accepted" });
        Assert.IsNotNull(Read(parts.ToBytes()).Model.Distances);

        if (value is { } number)
        {
            parts.Tensors.Single(tensor => tensor.Name == name).Values[3] = number;
        }
        else
        {
            parts.Tensors.RemoveAll(tensor => tensor.Name == name);
        }

        StringAssert.Contains(Assert.ThrowsExactly<FormatException>(() => Read(parts.ToBytes())).Message, expected);
    }

    [TestMethod]
    public void Read_ManifestOfAHugeNetworkWithFewWeights_AllocatesNothingLarge()
    {
        using var stream = new MemoryStream(Body);
        using var reader = new BinaryReader(stream);
        var manifest = ManifestJson.Read(reader.ReadBytes(reader.ReadInt32()));
        var huge = ManifestJson.Write(
            manifest with { Style = Transforms.Architectures.ResNetStyle.ImageNet, Depth = 152, Height = 224, Width = 224 });
        var altered = BitConverter.GetBytes(huge.Length).Concat(huge).Concat(Body.Skip((int)stream.Position)).ToArray();
        var before = GC.GetAllocatedBytesForCurrentThread();

        var error = Assert.ThrowsExactly<FormatException>(() => Read(altered));

        StringAssert.Contains(error.Message, "its network needs ");
        Assert.IsLessThan(2_000_000L, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    public void Read_LargeImagesInASmallFile_IsRefusedAtOnce()
    {
        var altered = WithManifest(manifest => manifest with { Height = 4096, Width = 4096 });
        var before = GC.GetAllocatedBytesForCurrentThread();

        var error = Assert.ThrowsExactly<FormatException>(() => Read(altered));

        Assert.AreEqual(
            "This AdaptiveInference.ML model asks for too much: ResNet-14 (CIFAR) for images of 1×4096×4096 and 4 classes needs "
            + "431,912,654,610 multiply–accumulates for an image, and ResourceLimits.MaximumNetworkMacs allows 64,000,000,000. Use smaller "
            + "images or a smaller network, or raise the limit if you trust where this comes from.",
            error.Message);
        Assert.IsLessThan(1_000_000L, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    public void Read_ImageOfMoreValuesThanAnArrayHolds_IsRefused()
        => AssertRefused(
            "Image shape must have at most 1073741824 values, got 1024×4096×4096 with 17179869184",
            WithManifest(manifest => manifest with { Channels = 1024, Height = 4096, Width = 4096 }));

    [TestMethod]
    public void Read_MillionsOfClassNames_AreCountedBeforeTheyAreRead()
    {
        var names = string.Concat(Enumerable.Repeat("\"\",", 3_000_000));
        var altered = WithManifestText(text => text.Replace("\"names\":[", "\"names\":[" + names, StringComparison.Ordinal));
        var before = GC.GetAllocatedBytesForCurrentThread();

        AssertRefused("It lists more than 220000 values, and a network has at most 100000 classes", altered);

        Assert.IsLessThan(2L * altered.Length, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    public void Read_MoreExitsThanBlocks_AreReadOnceAndRefused()
    {
        var exits = Enumerable.Repeat(new ManifestExit(1, HeadKind.Pooled, 0.5f), 20_000).ToArray();

        var error = Assert.ThrowsExactly<FormatException>(() => Read(WithManifest(manifest => manifest with { Exits = exits })));

        StringAssert.StartsWith(
            error.Message,
            "This is not a complete AdaptiveInference.ML model: Exits must follow increasing block indices from 0 to 4 of ResNet-14");
        Assert.IsLessThan(300, error.Message.Length);
    }

    [TestMethod]
    public void Read_ThresholdOutOfRange_SaysWhatIsStored()
        => AssertRefused("Gate threshold must be from 0 to 1, got 1.5", WithManifest(manifest => manifest with { GateThreshold = 1.5f }));

    [TestMethod]
    [DataRow("{\"network\"", "{\"network\"{")]
    [DataRow("\"depth\":14", "\"depth\":1e")]
    public void Read_DescriptionThatIsNoJson_SaysSoWithoutTheParsersWords(string part, string instead)
        => AssertRefused(
            "its description of the network is damaged",
            WithManifestText(text => text.Replace(part, instead, StringComparison.Ordinal)));

    [TestMethod]
    public void Read_DescriptionThatSaysSomethingTwice_SaysSo()
        => AssertRefused(
            "Its description of the network says something twice",
            WithManifestText(text => text.Replace("\"depth\":14", "\"depth\":14,\"depth\":14", StringComparison.Ordinal)));

    [TestMethod]
    public void Read_ProblemWithAdvice_GivesTheProblemAlone()
        => AssertRefused(
            "Gate FeedForwardI of stage1.block2 needs a feature map of at least 2×2, got 1×1 from images of 1×1×1",
            WithManifest(manifest => manifest with { Gate = GateKind.FeedForwardI, Height = 1, Width = 1 }));

    [TestMethod]
    public void Load_DamagedModel_TheInnermostExceptionIsTheWholeSentence()
    {
        var bytes = Repacked((name, content) =>
        {
            if (content.Length > 10_000)
            {
                content[content.Length / 2] ^= 1;
            }

            return content;
        });

        var error = Assert.Throws<Exception>(() => new MLContext().Model.Load(new MemoryStream(bytes), out _));

        Assert.AreEqual("Exception has been thrown by the target of an invocation.", error.Message);
        Assert.AreEqual(
            "This is not a complete AdaptiveInference.ML model: its checksum does not match. Save or copy the model again.",
            error.GetBaseException().Message);
    }

    [TestMethod]
    public void Read_ClassNameOfMegabytes_IsRefused()
        => AssertRefused(
            "A text is 1000000 bytes long; names may have 65536",
            WithManifestText(text => text.Replace("\"bag\"", $"\"{new string('b', 1_000_000)}\"", StringComparison.Ordinal)));

    [TestMethod]
    public void Read_NegativeVariance_IsRefused()
        => AssertRefused("Tensor 'layer2.0.bn1.running_var' holds a negative variance", Altered(parts =>
            parts.Tensors.Single(tensor => tensor.Name == "layer2.0.bn1.running_var").Values[5] = -0.5f));

    [TestMethod]
    public void Load_WeightsThatOverflow_FailsAtLoadingOrAtTheFirstRow()
    {
        var body = Altered(parts => parts.Tensors.Single(tensor => tensor.Name == "layer1.0.conv1.weight").Values.AsSpan().Fill(3e38f));

        var (outcome, message) = HostileTrial.Run(RawModel.Zip(GatedResNetTransformer.Header, body));

        Assert.AreEqual(HostileOutcome.Refused, outcome, message);
        StringAssert.StartsWith(message, "The network has no finite answer even for a black image");
    }

    [TestMethod]
    public void Load_ZerosBehindTheModel_SaysHowMany()
    {
        var (outcome, message) = HostileTrial.Run(RawModel.Zip(GatedResNetTransformer.Header, [.. Body, .. new byte[5_000_000]]));

        Assert.AreEqual(HostileOutcome.Refused, outcome);
        Assert.AreEqual(
            "This is not a complete AdaptiveInference.ML model: 5000000 bytes follow its end. Save or copy the model again.", message);
    }

    [TestMethod]
    public void Load_AlteredModels_ScoreFiniteOrAreRefusedByOneException()
    {
        var models = new HostileModels(seed: 3);
        var outcomes = new int[3];
        for (var number = 0; number < 200; number++)
        {
            var (what, zip) = models.Create(number);

            var (outcome, message) = HostileTrial.Run(zip);

            Assert.AreNotEqual(HostileOutcome.Fault, outcome, $"{number} ({what}): {message}");
            outcomes[(int)outcome]++;
        }

        Assert.IsGreaterThan(
            20, outcomes[(int)HostileOutcome.Scored], "Alterations that all fail at the first check try nothing behind it.");
        Assert.IsGreaterThan(20, outcomes[(int)HostileOutcome.Refused]);
    }

    [TestMethod]
    public void Load_TruncatedZip_IsAnError()
    {
        var saved = SavedModel();

        Assert.Throws<Exception>(() => new MLContext().Model.Load(new MemoryStream(saved.AsSpan(0, saved.Length / 2).ToArray()), out _));
    }

    [TestMethod]
    public void Load_BodyTruncatedInsideTheZip_GivesTheReason()
    {
        var bytes = Repacked((name, content) => name.EndsWith("Model.key", StringComparison.Ordinal) && content.Length > 10_000
            ? content[..(content.Length - 5_000)]
            : content);

        var error = Assert.Throws<Exception>(() => new MLContext().Model.Load(new MemoryStream(bytes), out _));

        Assert.IsInstanceOfType<FormatException>(error.GetBaseException());
    }

    [TestMethod]
    public void Load_NewerFormat_SaysThatThisVersionIsTooOld()
    {
        // Bytes 72 to 80 of ML.NET's stream header: version written and oldest reader of the component.
        var bytes = Repacked((name, content) =>
        {
            if (content.Length > 10_000)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(0x48), 0x00090001);
                BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(0x4C), 0x00090001);
            }

            return content;
        });

        var error = Assert.Throws<Exception>(() => new MLContext().Model.Load(new MemoryStream(bytes), out _));

        Assert.AreEqual(
            "This model was saved by a newer version of AdaptiveInference.ML (format 9.1, this version reads up to 1.4). "
            + "Update the package AdaptiveInference.ML.Transforms.",
            error.GetBaseException().Message);
    }

    private static (GatedResNetModel Model, ScoringColumns Columns) Read(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes));
        return ModelArchive.Read(reader);
    }

    private static void AssertRefused(string problem, byte[] body)
        => Assert.AreEqual(
            $"This is not a complete AdaptiveInference.ML model: {problem}. Save or copy the model again.",
            Assert.ThrowsExactly<FormatException>(() => Read(body)).Message);

    private static byte[] WithManifest(Func<ModelManifest, ModelManifest> change)
        => Altered(parts => parts.Manifest = ManifestJson.Write(change(ManifestJson.Read(parts.Manifest))));

    private static byte[] WithManifestText(Func<string, string> change)
        => Altered(parts => parts.Manifest = Encoding.UTF8.GetBytes(change(Encoding.UTF8.GetString(parts.Manifest))));

    private static byte[] Altered(Action<ModelParts> change)
    {
        var parts = ModelParts.Of(TestModels.Model(TestModels.Spec()), TestModels.Columns);
        change(parts);
        return parts.ToBytes();
    }

    private static byte[] WriteBody()
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream))
        {
            ModelArchive.Write(writer, TestModels.Model(TestModels.Spec()), TestModels.Columns);
        }

        return stream.ToArray();
    }

    private static byte[] SavedModel()
    {
        var context = new MLContext();
        return SaveAndLoadTests.Saved(
            TestModels.Transformer(context: context), TestModels.View(context, TestModels.Rows(1)).Schema).ToArray();
    }

    private static byte[] Repacked(Func<string, byte[], byte[]> change)
    {
        using var output = new MemoryStream();
        using (var source = new ZipArchive(new MemoryStream(SavedModel())))
        using (var target = new ZipArchive(output, ZipArchiveMode.Create))
        {
            foreach (var entry in source.Entries)
            {
                using var content = new MemoryStream();
                using (var from = entry.Open())
                {
                    from.CopyTo(content);
                }

                using var to = target.CreateEntry(entry.FullName).Open();
                to.Write(change(entry.FullName, content.ToArray()));
            }
        }

        return output.ToArray();
    }
}
