using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Tests.Scoring;

[TestClass]
public sealed class NetworkSearchTests
{
    private readonly MLContext _context = new(1);

    [TestMethod]
    public void AdaptiveNetwork_OfALoadedPipeline_IsTheNetwork()
    {
        var data = TestModels.View(_context, TestModels.Rows(3));
        var chain = new TransformerChain<ITransformer>(
            _context.Transforms.CopyColumns("Copy", "Id").Fit(data),
            new TransformerChain<ITransformer>(TestModels.Transformer(context: _context)));
        using var stream = new MemoryStream();
        _context.Model.Save(chain, data.Schema, stream);
        stream.Position = 0;

        var network = _context.Model.Load(stream, out _).AdaptiveNetwork();

        CollectionAssert.AreEqual(TestModels.Names, network.ClassNames.ToArray());
    }

    [TestMethod]
    public void AdaptiveNetwork_OfTheNetworkItself_IsIt()
    {
        var network = TestModels.Transformer(context: _context);

        Assert.AreSame(network, network.AdaptiveNetwork());
        Assert.AreSame(network, new TransformerChain<ITransformer>(network, network).AdaptiveNetwork());
    }

    [TestMethod]
    public void AdaptiveNetwork_OfAModelWithoutOne_SaysWhatItIs()
    {
        var data = TestModels.View(_context, TestModels.Rows(3));
        ITransformer copy = _context.Transforms.CopyColumns("Copy", "Id").Fit(data);

        var error = Assert.ThrowsExactly<ArgumentException>(() => new TransformerChain<ITransformer>(copy, copy).AdaptiveNetwork());

        Assert.StartsWith(
            "This model has no gated network: it is a chain of ColumnCopyingTransformer, ColumnCopyingTransformer. Give ", error.Message);
        Assert.StartsWith(
            "This model has no gated network: it is of type ColumnCopyingTransformer. ",
            Assert.ThrowsExactly<ArgumentException>(() => copy.AdaptiveNetwork()).Message);
    }

    [TestMethod]
    public void AdaptiveNetwork_OfAModelWithTwo_AsksWhich()
    {
        var chain = new TransformerChain<ITransformer>(
            TestModels.Transformer(context: _context), TestModels.Transformer(context: _context));

        Assert.StartsWith(
            "This model has 2 gated networks, and which one is meant is not said. ",
            Assert.ThrowsExactly<ArgumentException>(() => chain.AdaptiveNetwork()).Message);
    }
}
