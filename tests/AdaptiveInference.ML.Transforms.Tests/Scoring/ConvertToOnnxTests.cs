using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Tests.Scoring;

/// <summary>
/// ML.NET's own ONNX converter does not know the network. Unless it is stopped, it writes a file that lacks the network and has the scores
/// as inputs.
/// </summary>
[TestClass]
public sealed class ConvertToOnnxTests
{
    private const string NoScores =
        "ConvertToOnnx cannot convert the scores in column 'Score', because it knows ML.NET's own transformers only and not gated residual "
        + "networks. Write the network with GatedResNetTransformer.ExportToOnnx, and convert the steps before it alone.";

    private const string NoFeatures =
        "ConvertToOnnx cannot convert the features in column 'Picture', because it knows ML.NET's own transformers only and not gated "
        + "residual networks. Write the classifier that they come from with GatedResNetTransformer.ExportToOnnx, and convert the steps "
        + "before it alone.";

    private readonly MLContext _context = new(1);
    private readonly IDataView _data;

    public ConvertToOnnxTests() => _data = TestModels.View(_context, TestModels.Rows(4));

    [TestMethod]
    public void ConvertToOnnx_NetworkAlone_NamesExportToOnnx()
        => Assert.AreEqual(NoScores, Refusal(TestModels.Transformer(context: _context)));

    [TestMethod]
    public void ConvertToOnnx_NetworkBetweenKeyMappings_NamesExportToOnnx() => Assert.AreEqual(NoScores, Refusal(Keys().Append(Names())));

    [TestMethod]
    public void ConvertToOnnx_OldestOpset_NamesExportToOnnx()
    {
        using var file = new MemoryStream();

        var error = Assert.ThrowsExactly<NotSupportedException>(
            () => _context.Model.ConvertToOnnx(TestModels.Transformer(context: _context), _data, 9, file));

        Assert.AreEqual(NoScores, error.Message);
    }

    [TestMethod]
    public void ConvertToOnnx_LoadedPipeline_NamesExportToOnnx()
    {
        using var saved = new MemoryStream();
        _context.Model.Save(Keys().Append(Names()), _data.Schema, saved);
        saved.Position = 0;

        Assert.AreEqual(NoScores, Refusal(_context.Model.Load(saved, out _)));
    }

    [TestMethod]
    public void ConvertToOnnx_OutputThatTheNetworkDoesNotMake_IsRefusedToo()
        => Assert.AreEqual(NoScores, Refusal(Keys().Append(Names()), "Label"));

    [TestMethod]
    public void ConvertToOnnx_FeaturesBeforeConcatenate_NamesExportToOnnx()
    {
        var features = _context.Transforms.AdaptiveFeatures("Picture", TestModels.Transformer(context: _context)).Fit(_data);
        var joined = _context.Transforms.Concatenate("All", "Picture", "Features").Fit(features.Transform(_data));

        Assert.AreEqual(NoFeatures, Refusal(new TransformerChain<ITransformer>(features, joined)));
    }

    [TestMethod]
    public void ConvertToOnnx_UnconvertibleStepAfterTheNetwork_IsRefusedByMlNet()
    {
        var network = TestModels.Transformer(context: _context);
        var custom = _context.Transforms.CustomMapping<Scored, Best>((row, best) => best.Score = row.Score.Max(), null)
            .Fit(network.Transform(_data));
        using var file = new MemoryStream();

        var error = Assert.Throws<InvalidOperationException>(
            () => _context.Model.ConvertToOnnx(new TransformerChain<ITransformer>(network, custom), _data, file));

        StringAssert.Contains(error.Message, "can not be fully converted");
        Assert.AreEqual(0, file.Length);
    }

    [TestMethod]
    public void ConvertToOnnx_StepsBeforeTheNetwork_AreConverted()
    {
        using var file = new MemoryStream();

        _context.Model.ConvertToOnnx(_context.Transforms.Conversion.MapValueToKey("Label").Fit(_data), _data, file);

        Assert.AreNotEqual(0, file.Length);
    }

    private string Refusal(ITransformer model, params string[] outputs)
    {
        using var file = new MemoryStream();

        var error = Assert.ThrowsExactly<NotSupportedException>(() => Convert(model, file, outputs));

        Assert.AreEqual(0, file.Length);
        return error.Message;
    }

    private void Convert(ITransformer model, Stream file, string[] outputs)
    {
        if (outputs.Length == 0)
        {
            _context.Model.ConvertToOnnx(model, _data, file);
        }
        else
        {
            _context.Model.ConvertToOnnx(model, _data, file, outputs);
        }
    }

    private TransformerChain<ITransformer> Keys() => new(
        _context.Transforms.Conversion.MapValueToKey("Label").Fit(_data), TestModels.Transformer(context: _context));

    private ITransformer Names() => _context.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(Keys().Transform(_data));

    private sealed class Scored
    {
        public float[] Score { get; set; } = [];
    }

    private sealed class Best
    {
        public float Score { get; set; }
    }
}
