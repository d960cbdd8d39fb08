using System.Buffers.Binary;
using System.IO.Compression;
using AdaptiveInference.ML.Transforms.Persistence;
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
    public void Read_ManifestOfAHugeNetworkWithFewWeights_AllocatesNothingLarge()
    {
        using var stream = new MemoryStream(Body);
        using var reader = new BinaryReader(stream);
        var manifest = ManifestJson.Read(reader.ReadBytes(reader.ReadInt32()));
        var huge = ManifestJson.Write(manifest with { Style = Architectures.ResNetStyle.ImageNet, Depth = 152, Height = 224, Width = 224 });
        var altered = BitConverter.GetBytes(huge.Length).Concat(huge).Concat(Body.Skip((int)stream.Position)).ToArray();
        var before = GC.GetAllocatedBytesForCurrentThread();

        var error = Assert.ThrowsExactly<FormatException>(() => Read(altered));

        StringAssert.Contains(error.Message, "its network needs ");
        Assert.IsLessThan(2_000_000L, GC.GetAllocatedBytesForCurrentThread() - before);
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
            "This model was saved by a newer version of AdaptiveInference.ML (format 9.1, this version reads up to 1.2). "
            + "Update the package AdaptiveInference.ML.Transforms.",
            error.GetBaseException().Message);
    }

    private static (GatedResNetModel Model, ScoringColumns Columns) Read(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes));
        return ModelArchive.Read(reader);
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
        return SaveAndLoadTests.Saved(TestModels.Transformer(context: context), TestModels.View(context, TestModels.Rows(1)).Schema).ToArray();
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
