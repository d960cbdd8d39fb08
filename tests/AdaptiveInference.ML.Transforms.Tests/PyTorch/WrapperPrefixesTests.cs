using AdaptiveInference.ML.Transforms.PyTorch;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Tests.PyTorch;

[TestClass]
public sealed class WrapperPrefixesTests
{
    private static readonly HashSet<string> Known = ["conv1.weight", "bn1.weight", "bn1.bias", "fc.weight", "fc.bias"];

    [TestMethod]
    [DataRow("")]
    [DataRow("module.")]
    [DataRow("_orig_mod.")]
    [DataRow("model.")]
    [DataRow("backbone.")]
    [DataRow("net.")]
    [DataRow("encoder.")]
    [DataRow("module._orig_mod.model.")]
    [DataRow("a.b.c.d.e.f.g.h.")]
    public void ImportPyTorch_NamesWithAPrefix_ScoresAsWithout(string prefix)
    {
        var fixture = Fixture.Read("convnet_aig20", NetworkKind.ConvNetAig, GateKind.Recurrent);
        using var folder = new TemporaryFolder();
        var path = folder.File("prefixed.safetensors");
        Rewrite(fixture.Path, path, name => prefix + name, "n_averaged", prefix + "bn1.num_batches_tracked", "module.num_updates");

        CollectionAssert.AreEqual(Scores(fixture, fixture.Path), Scores(fixture, path));
    }

    [TestMethod]
    [DataRow("_orig_mod.")]
    [DataRow("_fsdp_wrapped_module.")]
    [DataRow("module._checkpoint_wrapped_module.")]
    public void ImportPyTorch_BlocksWrappedOneByOne_ScoresAsWithout(string wrapper)
    {
        var fixture = Fixture.Read("convnet_aig20", NetworkKind.ConvNetAig, GateKind.Recurrent);
        using var folder = new TemporaryFolder();
        var path = folder.File("wrapped.safetensors");
        Rewrite(fixture.Path, path, name => "model." + name.Replace("layer2.1.", "layer2.1." + wrapper, StringComparison.Ordinal));

        CollectionAssert.AreEqual(Scores(fixture, fixture.Path), Scores(fixture, path));
    }

    [TestMethod]
    public void Of_WrappersWithoutWhichNamesWouldMeet_AreLeft()
        => CollectionAssert.AreEquivalent(
            new[] { "fc.bias", "fc.module.bias" },
            WrapperPrefixes.Of([Entry("fc.bias"), Entry("fc.module.bias")], Known).Entries.Keys.ToArray());

    [TestMethod]
    public void Read_PrefixedNamesOfAnotherNetwork_NamesThePrefix()
    {
        var fixture = Fixture.Read("convnet_aig20", NetworkKind.ConvNetAig, GateKind.Recurrent);
        using var folder = new TemporaryFolder();
        var path = folder.File("prefixed.safetensors");
        Rewrite(fixture.Path, path, name => "module.model." + (name == "linear.bias" ? "classifier.bias" : name));

        var exception = Assert.ThrowsExactly<PyTorchImportException>(() => SafeTensorsCheckpoint.Read(path, fixture.Options));

        var network = "ConvNetAig over ResNet-20 (CIFAR) for 3×32×32 images and 10 classes";
        var note = "All names begin with 'module.model.', which is left out below.";
        Assert.AreEqual(
            $"""
            Checkpoint '{path}' does not match {network}: 1 missing, 1 unexpected, 0 invalid tensors. {note}
            Missing:
              linear.bias
            Unexpected:
              classifier.bias
            """.ReplaceLineEndings(),
            exception.Message);
    }

    [TestMethod]
    public void Read_HeadOutsideTheBackbone_IsRefusedWithTheReason()
    {
        var fixture = Fixture.Read("convnet_aig20", NetworkKind.ConvNetAig, GateKind.Recurrent);
        using var folder = new TemporaryFolder();
        var path = folder.File("backbone.safetensors");
        Rewrite(fixture.Path, path, name => name.StartsWith("linear.", StringComparison.Ordinal) ? name : "backbone." + name);
        int count;
        using (var reader = SafeTensorsReader.Open(path))
        {
            count = reader.Entries.Count;
        }

        var exception = Assert.ThrowsExactly<PyTorchImportException>(() => SafeTensorsCheckpoint.Read(path, fixture.Options));

        StringAssert.Contains(
            exception.Message,
            $" tensors. {count - 2} of {count} names begin with 'backbone.', but 2 do not, such as 'linear.bias': a prefix is taken "
            + "off only when all names have it. Save the one network alone, or rename its tensors before saving if nothing else is "
            + "computed between "
            + "them." + Environment.NewLine);
        CollectionAssert.Contains(exception.UnexpectedTensors.ToArray(), "backbone.conv1.weight");
    }

    [TestMethod]
    public void Of_PartOfANetworkUnderACommonName_TakesNothingOff()
    {
        var names = WrapperPrefixes.Of([Entry("bn1.weight"), Entry("bn1.bias")], Known);

        Assert.AreEqual("", names.Prefix);
        Assert.IsNull(names.Note);
        CollectionAssert.AreEquivalent(new[] { "bn1.weight", "bn1.bias" }, names.Entries.Keys.ToArray());
    }

    [TestMethod]
    public void Of_NamesOfAnotherNetwork_AreLeftAsTheyAre()
    {
        var names = WrapperPrefixes.Of([Entry("model.blocks.0.q"), Entry("model.blocks.1.q")], Known);

        Assert.AreEqual("", names.Prefix);
        CollectionAssert.AreEquivalent(new[] { "model.blocks.0.q", "model.blocks.1.q" }, names.Entries.Keys.ToArray());
    }

    [TestMethod]
    [DataRow("n_averaged", "I64", 0, true)]
    [DataRow("module.n_averaged", "I64", 0, true)]
    [DataRow("bn1.num_batches_tracked", "I64", 0, true)]
    [DataRow("ema.decay", "F32", 0, true)]
    [DataRow("optimizer.tick", "I32", 0, true)]
    [DataRow("step", "F32", 1, true)]
    [DataRow("step", "F32", 2, false)]
    [DataRow("scale", "F32", 0, false)]
    [DataRow("index", "I64", 3, false)]
    [DataRow("fc.bias", "I64", 0, false)]
    public void Of_CountersOfWrappers_AreLeftOut(string name, string type, int length, bool left)
    {
        var entry = new SafeTensorsEntry(name, type, length == 0 ? [] : [length], 0, 8);

        var names = WrapperPrefixes.Of([Entry("bn1.weight"), entry], Known);

        Assert.AreEqual(!left, names.Entries.ContainsKey(name));
    }

    private static SafeTensorsEntry Entry(string name) => new(name, "F32", [4], 0, 16);

    private static float[] Scores(Fixture fixture, string path)
    {
        var context = new MLContext(1);
        using var network = context.Model.ImportPyTorch(path, fixture.Options);
        var rows = Enumerable.Range(0, Fixture.Images).Select(i => new Row { Features = fixture.Image(i) });
        return [.. network.Transform(context.Data.LoadFromEnumerable(rows)).GetColumn<float[]>("Score").SelectMany(score => score)];
    }

    private static void Rewrite(string source, string path, Func<string, string> rename, params string[] counters)
    {
        using var reader = SafeTensorsReader.Open(source);
        var tensors = reader.Entries.Values
            .Where(entry => entry.Type == "F32" && !entry.Name.EndsWith("num_batches_tracked", StringComparison.Ordinal))
            .Select(entry => (rename(entry.Name), entry.Shape.Select(size => (int)size).ToArray(), reader.Read(entry))).ToList();
        tensors.AddRange(counters.Select(name => (name, Array.Empty<int>(), new[] { 7f })));
        SafeTensorsFile.Write(path, tensors);
    }

    private sealed class Row
    {
        [VectorType(3, 32, 32)]
        public float[] Features { get; set; } = [];
    }
}
