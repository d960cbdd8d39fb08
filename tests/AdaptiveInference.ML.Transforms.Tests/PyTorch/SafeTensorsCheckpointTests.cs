using AdaptiveInference.ML.Transforms.PyTorch;

namespace AdaptiveInference.ML.Transforms.Tests.PyTorch;

[TestClass]
public sealed class SafeTensorsCheckpointTests
{
    private static readonly string[] TenClasses = [.. Enumerable.Range(0, 10).Select(i => $"class{i}")];

    [TestMethod]
    [DataRow(NetworkKind.SkipNet, 38, true, GateKind.Recurrent)]
    [DataRow(NetworkKind.SkipNet, 110, true, GateKind.Recurrent)]
    [DataRow(NetworkKind.SkipNet, 38, true, GateKind.FeedForwardI)]
    [DataRow(NetworkKind.SkipNet, 38, true, GateKind.FeedForwardII)]
    [DataRow(NetworkKind.SkipNet, 18, false, GateKind.Recurrent)]
    [DataRow(NetworkKind.SkipNet, 50, false, GateKind.Recurrent)]
    [DataRow(NetworkKind.ConvNetAig, 38, true, GateKind.Recurrent)]
    [DataRow(NetworkKind.ConvNetAig, 110, true, GateKind.Recurrent)]
    [DataRow(NetworkKind.ConvNetAig, 18, false, GateKind.Recurrent)]
    [DataRow(NetworkKind.ConvNetAig, 50, false, GateKind.Recurrent)]
    [DataRow(NetworkKind.ResNet, 18, false, GateKind.Recurrent)]
    [DataRow(NetworkKind.ResNet, 50, false, GateKind.Recurrent)]
    public void Read_DeeperNetworksOfTheFamilies_PutsEveryTensorInItsPlace(NetworkKind network, int depth, bool cifar, GateKind gate)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("deep.safetensors");
        var options = Options(network, depth, cifar, gate);
        Write(path, options);

        var imported = SafeTensorsCheckpoint.Read(path, options);

        Assert.AreEqual(10, imported.Plan.Spec.Classes);
        var map = NameMap.Of(imported.Plan);
        foreach (var source in map.Sources)
        {
            var expected = Checkpoints.ValuesOf(source.Names[0], [.. source.Target.Shape]);
            Assert.IsTrue(imported.Weights[source.Target.Name].SequenceEqual(expected), source.Target.Name);
        }
    }

    [TestMethod]
    [DataRow(NetworkKind.ResNet, false)]
    [DataRow(NetworkKind.SkipNet, false)]
    [DataRow(NetworkKind.ConvNetAig, true)]
    public void Read_StagesWithoutAName_PutsEveryTensorInItsPlace(NetworkKind network, bool bottleneck)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("stages.safetensors");
        var options = Options(network, 18, cifar: false) with { Architecture = ResNetArchitecture.ImageNet([2, 1, 3], bottleneck) };
        Write(path, options);

        var imported = SafeTensorsCheckpoint.Read(path, options);

        Assert.AreEqual(options.Architecture, imported.Plan.Spec.Architecture);
        foreach (var source in NameMap.Of(imported.Plan).Sources)
        {
            var expected = Checkpoints.ValuesOf(source.Names[0], [.. source.Target.Shape]);
            Assert.IsTrue(imported.Weights[source.Target.Name].SequenceEqual(expected), source.Target.Name);
        }
    }

    [TestMethod]
    public void Read_NarrowNetworkWithItsStrideFirst_IsReadLikeTheOther()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("narrow.safetensors");
        var architecture = ResNetArchitecture.ImageNet([2, 1], bottleneck: true).WithStemWidth(24);
        var options = Options(NetworkKind.ResNet, 18, cifar: false) with { Architecture = architecture };
        Write(path, options);

        // The two kinds of network have the same tensors: which of them it is only the user knows.
        var first = SafeTensorsCheckpoint.Read(path, options with { Architecture = architecture.WithStrideInFirstConvolution() })
            .Plan.Blocks[2];
        var second = SafeTensorsCheckpoint.Read(path, options).Plan.Blocks[2];

        CollectionAssert.AreEqual(new[] { 2, 1, 1 }, first.Body.Select(layer => layer.Stride).ToArray());
        CollectionAssert.AreEqual(new[] { 1, 2, 1 }, second.Body.Select(layer => layer.Stride).ToArray());
        CollectionAssert.AreEqual(new[] { 48, 48, 192 }, first.Body.Select(layer => layer.Outputs).ToArray());
    }

    [TestMethod]
    public void Read_NamesOfDataParallel_AreTakenWithoutTheirPrefix()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("parallel.safetensors");
        var options = Options(NetworkKind.ConvNetAig, 8);
        Write(path, options, name => "module." + name);

        var imported = SafeTensorsCheckpoint.Read(path, options);

        Assert.IsTrue(imported.Weights["fc.bias"].SequenceEqual(Checkpoints.ValuesOf("linear.bias", [10])));
    }

    [TestMethod]
    [DataRow("_ds")]
    [DataRow(".downsample.")]
    [DataRow("group3_gate0.")]
    public void Read_SkipNetWithoutTheSecondCopiesOrTheLastGate_IsAccepted(string dropped)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("shared.safetensors");
        var options = Options(NetworkKind.SkipNet, 8);
        Write(path, options, name => name.Contains(dropped, StringComparison.Ordinal) ? null : name);

        var imported = SafeTensorsCheckpoint.Read(path, options);

        Assert.IsTrue(imported.Weights["layer2.0.downsample.0.weight"].SequenceEqual(
            Checkpoints.ValuesOf("group2_layer0.downsample.0.weight", [32, 16, 1, 1])));
    }

    [TestMethod]
    public void Read_SkipNetWhoseProjectionCopiesDiffer_ThrowsThatNamesBoth()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("differ.safetensors");
        var options = Options(NetworkKind.SkipNet, 8);
        Write(path, options, change: (name, values) =>
        {
            if (name == "group3_ds0.1.bias")
            {
                values[5] += 1e-6f;
            }
        });

        var exception = Assert.ThrowsExactly<PyTorchImportException>(() => SafeTensorsCheckpoint.Read(path, options));

        var network = "SkipNet with Recurrent gates over ResNet-8 (CIFAR) for 3×32×32 images and 10 classes";
        Assert.AreEqual(
            $"""
            Checkpoint '{path}' does not match {network}: 0 missing, 0 unexpected, 1 invalid tensors.
            Invalid:
              group3_ds0.1.bias: differs from group3_layer0.downsample.1.bias, of which it must be a copy
            """.ReplaceLineEndings(),
            exception.Message);
    }

    [TestMethod]
    public void Read_MissingUnexpectedAndMisshapen_ReportsAllAtOnce()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("wrong.safetensors");
        var options = Options(NetworkKind.ResNet, 8);
        Write(path, options, name => name switch
        {
            "bn1.bias" => null,
            "layer1.0.bn2.weight" => "layer1.0.bn9.weight",
            _ => name,
        });

        var exception = Assert.ThrowsExactly<PyTorchImportException>(
            () => SafeTensorsCheckpoint.Read(path, options with { ClassNames = ["cat", "dog"] }));

        var network = "ResNet over ResNet-8 (CIFAR) for 3×32×32 images and 2 classes";
        Assert.AreEqual(
            $"""
            Checkpoint '{path}' does not match {network}: 2 missing, 1 unexpected, 2 invalid tensors.
            Missing:
              bn1.bias
              layer1.0.bn2.weight
            Unexpected:
              layer1.0.bn9.weight
            Invalid:
              fc.weight: expected [2, 64], got [10, 64]
              fc.bias: expected [2], got [10]
            """.ReplaceLineEndings(),
            exception.Message);
        CollectionAssert.AreEqual(new[] { "bn1.bias", "layer1.0.bn2.weight" }, exception.MissingTensors.ToArray());
        CollectionAssert.AreEqual(new[] { "layer1.0.bn9.weight" }, exception.UnexpectedTensors.ToArray());
        Assert.HasCount(2, exception.InvalidTensors);
    }

    [TestMethod]
    public void Read_WrongDepth_CapsTheReport()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("depth.safetensors");
        Write(path, Options(NetworkKind.SkipNet, 8));

        var exception = Assert.ThrowsExactly<PyTorchImportException>(
            () => SafeTensorsCheckpoint.Read(path, Options(NetworkKind.SkipNet, 110)));

        StringAssert.Contains(exception.Message, "… and 598 more");
        Assert.IsLessThan(30, exception.Message.Split('\n').Length);
        Assert.HasCount(610, exception.MissingTensors);
    }

    [TestMethod]
    [DataRow("fc.bias", float.NaN, "fc.bias: value 3 is NaN, expected finite values")]
    [DataRow("layer1.0.bn1.running_var", -1f, "layer1.0.bn1.running_var: a variance is negative")]
    public void Read_ValuesNoNetworkCanHave_Throws(string tensor, float value, string problem)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("values.safetensors");
        var options = Options(NetworkKind.ResNet, 8);
        Write(path, options, change: (name, values) => values[name == tensor ? 3 : 0] = name == tensor ? value : values[0]);

        var exception = Assert.ThrowsExactly<PyTorchImportException>(() => SafeTensorsCheckpoint.Read(path, options));

        CollectionAssert.AreEqual(new[] { problem }, exception.InvalidTensors.ToArray());
    }

    [TestMethod]
    public void Read_UnusableOptions_ListsAllFailures()
    {
        var options = new PyTorchImportOptions
        {
            Network = (NetworkKind)9,
            Resizing = (Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind)9,
            ClassNames = ["cat", "cat"],
            ChannelMean = [1f],
            ChannelStandardDeviation = [1f, 0f, 1f],
            ScoreColumnName = "",
        };

        var exception = Assert.ThrowsExactly<ArgumentException>(() => SafeTensorsCheckpoint.Read("any.safetensors", options));

        Assert.AreEqual(
            "The import options are not usable. Network must be ResNet, SkipNet or ConvNetAig, got 9. Resizing must be Fill, "
            + "IsoCrop or IsoPad, got 9. ClassNames must differ, got 'cat' 2 times. "
            + "ChannelMean must hold one finite value for each of the 3 channels, got [1]. "
            + "ChannelStandardDeviation must hold one positive value for each of the 3 channels, got [1, 0, 1]. "
            + "ScoreColumnName must not be empty.",
            exception.Message);
    }

    [TestMethod]
    public void Read_EmptyClassNames_SaysWhatIsExpected()
    {
        var exception = Assert.ThrowsExactly<ArgumentException>(
            () => SafeTensorsCheckpoint.Read("any.safetensors", new PyTorchImportOptions { ClassNames = [] }));

        Assert.AreEqual(
            "The import options are not usable. ClassNames must hold 1 to 100000 names in the order of the network's outputs, or be null, "
            + "got 0.",
            exception.Message);
    }

    [TestMethod]
    [DataRow(NetworkKind.ResNet)]
    [DataRow(NetworkKind.SkipNet)]
    [DataRow(NetworkKind.ConvNetAig)]
    public void Read_NoClassNames_TakesTheClassesOfTheCheckpoint(NetworkKind network)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("classes.safetensors");
        var options = Options(network, 8);
        Write(path, options, name => "module." + name);

        var imported = SafeTensorsCheckpoint.Read(path, options with { ClassNames = null });

        Assert.AreEqual(10, imported.Plan.Spec.Classes);
        Assert.IsTrue(imported.Weights["fc.bias"].SequenceEqual(
            Checkpoints.ValuesOf(network == NetworkKind.ConvNetAig ? "linear.bias" : "fc.bias", [10])));
    }

    [TestMethod]
    public void Read_NoClassNamesAndNoLastLayer_IsANetworkWithoutClasses()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("backbone.safetensors");
        var options = Options(NetworkKind.ResNet, 8);
        Write(path, options, name => name.StartsWith("fc.", StringComparison.Ordinal) ? null : name);

        Assert.AreEqual(0, SafeTensorsCheckpoint.Read(path, options with { ClassNames = null }).Plan.Spec.Classes);
        CollectionAssert.AreEqual(
            new[] { "fc.weight", "fc.bias" },
            Assert.ThrowsExactly<PyTorchImportException>(() => SafeTensorsCheckpoint.Read(path, options)).MissingTensors.ToArray());
    }

    [TestMethod]
    public void Read_NoClassNamesAndALastLayerThatIsNone_NamesIt()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("head.safetensors");
        SafeTensorsFile.Write(path, [("fc.weight", [0, 64], [])]);
        var empty = Assert.ThrowsExactly<PyTorchImportException>(
            () => SafeTensorsCheckpoint.Read(path, Options(NetworkKind.ResNet, 8) with { ClassNames = null }));
        SafeTensorsFile.Write(path, [("fc.weight", [100_001, 1], new float[100_001])]);
        var large = Assert.ThrowsExactly<PyTorchImportException>(
            () => SafeTensorsCheckpoint.Read(path, Options(NetworkKind.ResNet, 8) with { ClassNames = null }));

        CollectionAssert.AreEqual(
            new[] { "fc.weight: expected 1 to 100000 classes by 64 features, got [0, 64]" }, empty.InvalidTensors.ToArray());
        CollectionAssert.AreEqual(
            new[] { "fc.weight: expected 1 to 100000 classes by 64 features, got [100001, 1]" }, large.InvalidTensors.ToArray());
    }

    [TestMethod]
    public void Read_ChannelStatistics_AreKept()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("statistics.safetensors");
        var options = Options(NetworkKind.ResNet, 8) with { ChannelMean = [1f, 2f, 3f], ChannelStandardDeviation = [4f, 5f, 6f] };
        Write(path, options);

        var statistics = SafeTensorsCheckpoint.Read(path, options).Statistics;

        CollectionAssert.AreEqual(new[] { 1f, 2f, 3f }, statistics.Mean.ToArray());
        CollectionAssert.AreEqual(new[] { 4f, 5f, 6f }, statistics.StandardDeviation.ToArray());
    }

    private static PyTorchImportOptions Options(NetworkKind network, int depth, bool cifar = true, GateKind gate = GateKind.Recurrent)
        => new()
    {
        Network = network,
        Architecture = cifar ? ResNetArchitecture.Cifar(depth) : ResNetArchitecture.ImageNet(depth),
        Gate = gate,
        ClassNames = TenClasses,
    };

    private static void Write(
        string path, PyTorchImportOptions options, Func<string, string?>? rename = null, Action<string, float[]>? change = null)
    {
        var tensors = new List<(string, int[], float[])>();
        foreach (var (name, shape) in Checkpoints.Tensors(options))
        {
            if ((rename is null ? name : rename(name)) is { } written)
            {
                var values = Checkpoints.ValuesOf(name, shape);
                change?.Invoke(name, values);
                tensors.Add((written, shape, values));
            }
        }

        SafeTensorsFile.Write(path, tensors);
    }
}
