using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Persistence;
using AdaptiveInference.ML.Transforms.Tests.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;
using ResizingKind = Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind;

namespace AdaptiveInference.ML.Transforms.Tests.Persistence;

[TestClass]
public sealed class SaveAndLoadTests
{
    private readonly MLContext _context = new(1);

    [TestMethod]
    [DataRow(NetworkKind.ResNet, GateKind.Recurrent)]
    [DataRow(NetworkKind.SkipNet, GateKind.Recurrent)]
    [DataRow(NetworkKind.SkipNet, GateKind.FeedForwardI)]
    [DataRow(NetworkKind.SkipNet, GateKind.FeedForwardII)]
    [DataRow(NetworkKind.ConvNetAig, GateKind.Recurrent)]
    public void Load_InFreshContext_PredictsTheSameBits(NetworkKind network, GateKind gate)
    {
        var transformer = TestModels.Transformer(TestModels.Spec(network, gate: gate), _context);
        var data = TestModels.View(_context, TestModels.Rows(20));
        var expected = TestModels.Read(_context, transformer.Transform(data)).ConvertAll(row => row.Bits());

        var fresh = new MLContext(2);
        var loaded = fresh.Model.Load(Saved(transformer, data.Schema), out _);

        Assert.IsInstanceOfType<GatedResNetTransformer>(loaded);
        CollectionAssert.AreEqual(expected, TestModels.Read(fresh, loaded.Transform(data)).ConvertAll(row => row.Bits()));
    }

    [TestMethod]
    [DataRow(NetworkKind.SkipNet, 0.3f)]
    [DataRow(NetworkKind.ConvNetAig, 0.3f)]
    [DataRow(NetworkKind.ConvNetAig, 1f)]
    public void Load_GatesToldABudget_AreToldItAndPredictTheSameBits(NetworkKind network, float budget)
    {
        var transformer = TestModels.Transformer(TestModels.Spec(network) with { AnyBudget = true }, _context).WithGateBudget(budget);
        var data = TestModels.View(_context, TestModels.Rows(20));
        var expected = TestModels.Read(_context, transformer.Transform(data)).ConvertAll(row => row.Bits());

        var loaded = (GatedResNetTransformer)new MLContext(2).Model.Load(Saved(transformer, data.Schema), out _);

        Assert.AreEqual(budget, loaded.GateBudget);
        Assert.AreEqual(0x00010004u, ModelArchive.OldestReader(transformer.Model));
        CollectionAssert.AreEqual(expected, TestModels.Read(_context, loaded.Transform(data)).ConvertAll(row => row.Bits()));
        CollectionAssert.AreEqual(
            TestModels.Read(_context, transformer.WithGateBudget(0.6f).Transform(data)).ConvertAll(row => row.Bits()),
            TestModels.Read(_context, loaded.WithGateBudget(0.6f).Transform(data)).ConvertAll(row => row.Bits()));
    }

    public static IEnumerable<object[]> Architectures =>
    [
        [ResNetArchitecture.ImageNet([1, 2, 1])],
        [ResNetArchitecture.ImageNet([1, 2, 1], bottleneck: true)],
        [ResNetArchitecture.ImageNet([1, 2], bottleneck: true).WithStrideInFirstConvolution()],
        [ResNetArchitecture.ImageNet(50).WithStemWidth(8).WithStrideInFirstConvolution()],
        [ResNetArchitecture.Cifar(14).WithStemWidth(40)],
    ];

    [TestMethod]
    [DynamicData(nameof(Architectures))]
    public void Load_NetworkWithoutAName_PredictsTheSameBits(ResNetArchitecture architecture)
    {
        var transformer = TestModels.Transformer(TestModels.Spec() with { Architecture = architecture }, _context);
        var data = TestModels.View(_context, TestModels.Rows(10));
        var expected = TestModels.Read(_context, transformer.Transform(data)).ConvertAll(row => row.Bits());

        var loaded = (GatedResNetTransformer)new MLContext().Model.Load(Saved(transformer, data.Schema), out _);

        Assert.AreEqual(architecture, loaded.Architecture);
        CollectionAssert.AreEqual(expected, TestModels.Read(_context, loaded.Transform(data)).ConvertAll(row => row.Bits()));
    }

    [TestMethod]
    public void OldestReader_IsTheOldestThatUnderstandsTheModel()
    {
        var model = TestModels.Model(TestModels.Spec());
        var interleaved = new GatedResNetModel(model.Blocks, model.Weights, model.Channels, model.Classes, model.Policy)
        {
            FlatLayout = PixelLayout.Interleaved,
        };
        var stages = TestModels.Model(TestModels.Spec() with { Architecture = ResNetArchitecture.ImageNet([1, 1]) });

        Assert.AreEqual(0x00010001u, ModelArchive.OldestReader(model));
        Assert.AreEqual(0x00010002u, ModelArchive.OldestReader(interleaved));
        Assert.AreEqual(0x00010003u, ModelArchive.OldestReader(stages));
        Assert.AreEqual(0x00010004u, ModelArchive.OldestReader(model.With(ResizingKind.IsoCrop)));
        foreach (var architecture in (ResNetArchitecture[])
            [ResNetArchitecture.Cifar(8).WithStemWidth(8), ResNetArchitecture.ImageNet([1], true).WithStrideInFirstConvolution()])
        {
            Assert.AreEqual(
                0x00010004u, ModelArchive.OldestReader(TestModels.Model(TestModels.Spec() with { Architecture = architecture })));
        }
    }

    [TestMethod]
    public void Load_InsideAChain_PredictsTheSame()
    {
        var data = TestModels.View(_context, TestModels.Rows(20));
        var chain = new TransformerChain<ITransformer>(
            _context.Transforms.CopyColumns("Copy", "Id").Fit(data),
            TestModels.Transformer(context: _context));
        var expected = TestModels.Read(_context, chain.Transform(data)).ConvertAll(row => row.Bits());

        var fresh = new MLContext();
        var loaded = fresh.Model.Load(Saved(chain, data.Schema), out var schema);

        Assert.IsNotNull(schema.GetColumnOrNull("Features"));
        CollectionAssert.AreEqual(expected, TestModels.Read(fresh, loaded.Transform(data)).ConvertAll(row => row.Bits()));
    }

    [TestMethod]
    public void Load_ThresholdsTurned_AreKept()
    {
        var data = TestModels.View(_context, TestModels.Rows(5));
        var transformer = TestModels.Transformer(context: _context).WithGateThreshold(0.25f);

        var loaded = (GatedResNetTransformer)new MLContext().Model.Load(Saved(transformer, data.Schema), out _);

        Assert.AreEqual(0.25f, loaded.Model.Policy.GateThreshold);
        CollectionAssert.AreEqual(TestModels.Names, loaded.ClassNames.ToArray());
        Assert.AreEqual(transformer.Architecture, loaded.Architecture);
        Assert.AreEqual(TestModels.Columns, loaded.Columns);
    }

    [TestMethod]
    public void Load_NumericLabelValuesAndNarrowKeys_AreKept()
    {
        var labels = ClassLabels.Create(typeof(byte), ["1", "2.5", "-3", "4"], NumberDataViewType.Single, ["1", "2.5", "-3", "4"]);
        var transformer = new GatedResNetTransformer(_context, TestModels.Model(TestModels.Spec(), labels: labels), TestModels.Columns);
        var data = TestModels.View(_context, TestModels.Rows(5));

        var loaded = new MLContext().Model.Load(Saved(transformer, data.Schema), out _);

        var column = loaded.GetOutputSchema(data.Schema)["PredictedLabel"];
        VBuffer<float> values = default;
        column.Annotations.GetValue("KeyValues", ref values);
        Assert.AreEqual(new KeyDataViewType(typeof(byte), 4), column.Type);
        CollectionAssert.AreEqual(new[] { 1, 2.5f, -3, 4 }, values.DenseValues().ToArray());
    }

    internal static MemoryStream Saved(ITransformer transformer, DataViewSchema schema)
    {
        var stream = new MemoryStream();
        new MLContext().Model.Save(transformer, schema, stream);
        stream.Position = 0;
        return stream;
    }
}
